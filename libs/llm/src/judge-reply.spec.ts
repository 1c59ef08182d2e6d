import { DomainError } from '@memori/errors';
import { departure } from './conforms';
import { judgeReply } from './judge-reply';

const schema = {
  title: 'memori-answer-1',
  type: 'object',
  additionalProperties: false,
  required: ['outcome', 'sql', 'assumptions'],
  properties: {
    outcome: { type: 'string', enum: ['sql', 'refusal'] },
    sql: { type: ['string', 'null'] },
    assumptions: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
  },
};
const good = { outcome: 'sql', sql: 'SELECT 1', assumptions: ['a'] };

function errorOf(stopReason: string | undefined, text: string): DomainError {
  const verdict = judgeReply(stopReason, text, schema);
  if (!('error' in verdict)) throw new Error('The reply was taken.');
  return verdict.error;
}

describe('judgeReply', () => {
  it('takes JSON of the asked-for shape', () => {
    expect(judgeReply('end_turn', ` ${JSON.stringify(good)}\n`, schema)).toEqual({ json: good });
  });

  it.each([
    ['end_turn', '', 'empty'],
    ['end_turn', '  \n', 'empty'],
    ['end_turn', 'Certainly! Here is your SQL', 'prose'],
    ['end_turn', '```json\n{}\n```', 'prose'],
    ['end_turn', '{"outcome": "sql"', 'broken-json'],
    ['end_turn', JSON.stringify({ ...good, outcome: 'maybe' }), 'other-shape'],
    ['end_turn', 'null', 'other-shape'],
    ['end_turn', '42', 'other-shape'],
    ['max_tokens', JSON.stringify(good), 'max-tokens'],
    ['model_context_window_exceeded', '', 'max-tokens'],
    ['tool_use', JSON.stringify(good), 'stopped-early'],
    ['pause_turn', '', 'stopped-early'],
    [undefined, JSON.stringify(good), 'stopped-early'],
  ])('refuses a reply that stopped with %s and says %j as %s', (stopReason, text, reason) => {
    const error = errorOf(stopReason, text);

    expect(error).toMatchObject({ kind: 'bad-upstream', code: 'model-reply-invalid', facts: { reason } });
  });

  it('tells what to raise when the reply was cut off', () => {
    expect(errorOf('max_tokens', '{').message).toContain('MEMORI_MAX_OUTPUT_TOKENS');
  });

  it('tells a refusal of the provider as such', () => {
    expect(errorOf('refusal', '')).toMatchObject({ kind: 'bad-upstream', code: 'provider-refused' });
  });

  it('quotes nothing of the reply', () => {
    const texts = [
      '{"secret',
      'secret prose',
      JSON.stringify({ ...good, 'secret <name>': 1 }),
      JSON.stringify({ ...good, sql: { secret: 1 } }),
    ];

    for (const text of texts) {
      const error = errorOf('end_turn', text);
      expect(`${error.message} ${JSON.stringify(error.facts)} ${String(error.cause)}`).not.toContain('secret');
    }
    expect(errorOf('secret text', '').message).not.toContain('secret');
  });
});

describe('departure', () => {
  it.each([
    [good, undefined],
    [{ ...good, sql: null, assumptions: null }, undefined],
    [{ outcome: 'sql', sql: null }, '/assumptions'],
    [{ ...good, more: 1 }, ''],
    [{ ...good, sql: 7 }, '/sql'],
    [{ ...good, assumptions: ['a', 7] }, '/assumptions'],
    [[good], ''],
  ])('of %j is at %j', (value, at) => {
    expect(departure(value, schema)).toBe(at);
  });

  it('looks into lists, and tells whole numbers from others', () => {
    const list = {
      type: 'array',
      items: { type: 'object', properties: { n: { type: 'integer' }, k: { const: 'x' } } },
    };

    expect(departure([{ n: 1, k: 'x' }], list)).toBeUndefined();
    expect(departure([{ n: 1 }, { n: 1.5 }], list)).toBe('/1/n');
    expect(departure([{ k: 'y' }], list)).toBe('/0/k');
  });

  it('is not fooled by names that every object has', () => {
    expect(departure({ toString: 1 }, { type: 'object', properties: {}, additionalProperties: false })).toBe('');
    expect(departure({}, { type: 'object', required: ['constructor'] })).toBe('/constructor');
  });
});
