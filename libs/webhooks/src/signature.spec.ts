import { createHmac } from 'node:crypto';
import { deliveryBody, signatureOf } from './signature';

describe('signatureOf', () => {
  it('is what a receiver computes from secret, time and raw body', () => {
    const body = deliveryBody({ id: 'e1', type: 'budget.alert', at: new Date(0), data: { scope: 'user', name: '张' } });
    const [, t, v1] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signatureOf('whsec_x', body, new Date(1_764_000_000_999))) ?? [];

    expect(t).toBe('1764000000');
    expect(v1).toBe(createHmac('sha256', 'whsec_x').update(`${t}.${body}`).digest('hex'));
    expect(JSON.parse(body)).toEqual({
      id: 'e1',
      type: 'budget.alert',
      createdAt: '1970-01-01T00:00:00.000Z',
      data: { scope: 'user', name: '张' },
    });
  });
});
