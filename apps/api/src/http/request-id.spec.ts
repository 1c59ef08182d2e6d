import { requestIdOf } from './request-id';

const idFor = (given: string | undefined) => requestIdOf({ headers: { 'x-request-id': given } });

describe('requestIdOf', () => {
  it('takes the caller’s', () => {
    expect(idFor('trace:4bf92f/1')).toBe('trace:4bf92f/1');
  });

  it.each([undefined, '', 'a b', 'a'.repeat(201), 'ü', '{"level":"error"}\n'])('makes one in place of %j', (given) => {
    expect(idFor(given)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
