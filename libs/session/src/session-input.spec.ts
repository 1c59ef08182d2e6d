import { newId } from '@memori/scope';
import { parseMoment } from './moments';
import { parseSessionRef } from './session-input';
import { checkTurns, toTurnRows } from './turn-input';

describe('parseSessionRef', () => {
  it('tells ids from external ids', () => {
    const id = newId();
    expect(parseSessionRef(id)).toEqual({ id });
    expect(parseSessionRef(`ext:${id}`)).toEqual({ externalId: id });
    expect(parseSessionRef('ext:a:b 😀')).toEqual({ externalId: 'a:b 😀' });
  });

  it.each(['ext:', 'ext:a\0', `ext:${'x'.repeat(201)}`])('refuses an external id that is none', (ref) => {
    expect(() => parseSessionRef(ref)).toThrow('/sessionId');
  });

  it('takes any other text for a session that is not there', () => {
    expect(() => parseSessionRef('session-1')).toThrow('There is no session');
  });
});

describe('parseMoment', () => {
  it.each([
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29T13:00', '2024-02-29T13:00:00.000Z'],
    ['2024-02-29T13:00:00+02:00', '2024-02-29T11:00:00.000Z'],
    ['2024-02-29T13:00:00.123456Z', '2024-02-29T13:00:00.123Z'],
  ])('reads %s', (text, moment) => {
    expect(parseMoment(text)?.toISOString()).toBe(moment);
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024',
    'tomorrow',
    '',
    5,
    '0000-01-01',
    '+010000-01-01T00:00:00Z',
    '2024-01-01+02:00',
  ])('does not take %p for a moment', (value) => {
    expect(parseMoment(value)).toBeUndefined();
  });
});

describe('checkTurns', () => {
  it('points at each wrong place', () => {
    const wrong = { role: 'robot' as 'user', content: 'x', occurredAt: 'soon', name: '' };

    expect(() => checkTurns([{ role: 'user', content: 'x' }, wrong])).toThrow(
      expect.objectContaining({
        facts: {
          errors: ['/1/role', '/1/name', '/1/occurredAt'].map((pointer) => expect.objectContaining({ pointer })),
        },
      }),
    );
  });

  it('refuses an empty batch', () => {
    expect(() => checkTurns([])).toThrow('at least one');
  });
});

describe('toTurnRows', () => {
  it('indexes a long turn passage by passage', async () => {
    const [row] = await toTurnRows([{ role: 'assistant', content: 'Revenue rose. '.repeat(200) }]);

    expect(row?.passage_ends).toHaveLength((row?.terms as string[]).length);
    expect((row?.passage_ends as number[]).at(-1)).toBe(2800);
    expect((row?.terms as string[])[0]).toMatch(/^revenu rose revenu/);
  });

  it('lets others run while a large batch is cut into tokens', async () => {
    const large = { role: 'user' as const, content: '活跃客户指近30天下过单的客户，'.repeat(5000) };
    let ran = false;
    setImmediate(() => (ran = true));

    await toTurnRows([large, large]);

    expect(ran).toBe(true);
  });
});
