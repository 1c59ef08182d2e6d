import { answerFindings, type JudgedAnswer, NOT_RECORDED, promptFindings } from './answer-scores';

const anItem = (more: Partial<JudgedAnswer>): JudgedAnswer => ({
  id: 'x',
  ok: false,
  relaxed: more.ok ?? false,
  answerable: true,
  status: 'answered',
  costUsd: 0.01,
  inputTokens: 1000,
  outputTokens: 100,
  ms: 200,
  ...more,
});

const ITEMS = [
  anItem({ ok: true, difficulty: 'easy' }),
  anItem({ relaxed: true, difficulty: 'hard', costUsd: 0.03 }),
  anItem({ status: 'refused', difficulty: 'hard' }),
  anItem({ status: 'failed', fault: NOT_RECORDED, ms: 900 }),
  anItem({ ok: true, answerable: false, status: 'clarification' }),
];

describe('answerFindings', () => {
  const { n, metrics } = answerFindings(ITEMS, [{ id: 'y', reason: 'z' }]);
  const value = (name: string) => metrics[name]?.value;

  it('counts what is right, strictly and relaxed, a rightly refused question among it', () => {
    expect(n).toBe(5);
    expect([value('strict'), value('relaxed')]).toEqual([2 / 5, 3 / 5]);
    expect([value('refused'), value('wronglyRefused')]).toEqual([1, 1 / 4]);
    expect([value('failed'), value('notRecorded')]).toEqual([1 / 5, 1 / 5]);
  });

  it('tells the degrees of difficulty apart', () => {
    expect([value('strict easy'), value('strict hard'), value('relaxed hard')]).toEqual([1, 0, 1 / 2]);
  });

  it('gives cost and tokens of one question, the whole cost, and the time that 95 of 100 stay below', () => {
    expect(value('costUsd')).toBeCloseTo(0.014);
    expect(value('totalCostUsd')).toBeCloseTo(0.07);
    expect([value('inputTokens'), value('outputTokens'), value('p95Ms')]).toEqual([1000, 100, 900]);
  });

  it('gives every share an interval', () => {
    for (const name of ['strict', 'relaxed', 'costUsd', 'p95Ms']) {
      const { value: at = NaN, low = NaN, high = NaN } = metrics[name] ?? {};
      expect(low <= at && at <= high).toBe(true);
    }
  });

  it('says nothing about what is right where requests were only written down', () => {
    const { metrics: written } = promptFindings(ITEMS, []);

    expect(written['strict']).toEqual({ value: 0, low: 0, high: 1 });
    expect(written['failed']).toBeUndefined();
    expect(written['inputTokens']?.value).toBe(1000);
  });
});
