import { InvalidRequestError } from '@memori/errors';
import { aLedger, ANNA, MODEL, type Ledger } from './ledger.fixture';
import { NO_USAGE } from './token-usage';

const NO_SAVING = { answersWithoutModel: 0, savedByVerifiedQueriesUsd: 0, savedByAnswerCacheUsd: 0, savedTokens: 0 };
const BERT = { ...ANNA, userId: 'bert' };

describe('savings of the layers before the model', () => {
  let ledger: Ledger;
  const scope = { ...ANNA, sessionId: 's', dataSourceId: 'shop' };

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());

  it('are what the model has come to lately about the same data source, or what was told', async () => {
    const budget = ledger.budget();
    const answer = async (questionId: string, outputTokens: number) => {
      const usage = { ...NO_USAGE, inputTokens: 1000, outputTokens };
      const hold = await budget.reserve(scope, { model: MODEL, atMost: usage, purpose: 'answer', questionId });
      await budget.settle(hold, usage, { outcome: 'answered' });
    };
    await answer('q1', 100);
    await answer('q2', 200);
    await answer('q2', 300);

    await budget.recordSaving(scope, { layer: 'verified-query', questionId: 'q3' });
    await budget.recordSaving(scope, {
      layer: 'cache',
      questionId: 'q4',
      tokens: 900,
      nanoUsd: 1_000_000n,
      model: MODEL,
    });
    await budget.recordSaving({ ...scope, dataSourceId: 'new' }, { layer: 'verified-query', questionId: 'q5' });

    const [verified] = await ledger.report
      .usage(ANNA, { groupBy: 'source' })
      .then((items) => items.filter(({ key }) => key === 'verified-query'));
    const [all] = await ledger.report.usage(ANNA, { groupBy: 'user' });
    // Three calls of two questions: 3,600 tokens and 12,000,000 nano-dollars; half of that for one more question.
    expect(verified).toMatchObject({
      attempts: 0,
      costUsd: 0,
      answersWithoutModel: 2,
      savedUsd: 0.006,
      savedTokens: 1800,
    });
    expect(all).toMatchObject({
      attempts: 3,
      costUsd: 0.012,
      answersWithoutModel: 3,
      savedUsd: 0.007,
      savedByVerifiedQueriesUsd: 0.006,
      savedByAnswerCacheUsd: 0.001,
      savedByProviderCacheUsd: 0,
    });
    expect(await ledger.faults()).toEqual([]);
  });
});

describe('UsageReport', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
    const budget = ledger.budget();
    const charge = async (scope: typeof ANNA, model: string, purpose: string, outputTokens: number) => {
      const usage = {
        ...NO_USAGE,
        inputTokens: 1000,
        cacheReadTokens: 30,
        cacheWrite5mTokens: 2,
        cacheWrite1hTokens: 1,
        outputTokens,
      };
      const hold = await budget.reserve({ ...scope, dataSourceId: 'shop' }, { model, atMost: usage, purpose });
      await budget.settle(hold, usage, { outcome: 'answered' });
    };
    await charge(ANNA, MODEL, 'answer', 100);
    await charge(ANNA, 'claude-haiku-5-5', 'facts', 50);
    await charge(BERT, MODEL, 'answer', 10);
  });
  afterAll(() => ledger.close());

  it('adds up what a user used, by kind', async () => {
    const items = await ledger.report.usage(ANNA, { groupBy: 'model' });

    expect(items).toEqual([
      {
        key: 'claude-haiku-5-5',
        attempts: 1,
        inputTokens: 1000,
        cacheReadTokens: 30,
        cacheWriteTokens: 3,
        outputTokens: 50,
        costUsd: 0.00012575,
        ...NO_SAVING,
        savedUsd: 0.00000255,
        savedByProviderCacheUsd: 0.00000255,
      },
      {
        key: MODEL,
        attempts: 1,
        inputTokens: 1000,
        cacheReadTokens: 30,
        cacheWriteTokens: 3,
        outputTokens: 100,
        costUsd: 0.003012,
        ...NO_SAVING,
        // 30 read at a twentieth of the price, less 2 and 1 written at a quarter and at the whole of it more.
        savedUsd: 0.000054,
        savedByProviderCacheUsd: 0.000054,
      },
    ]);
  });

  it('shows a tenant all its users, and a user himself alone', async () => {
    const [ofTenant, ofUser] = await Promise.all([
      ledger.report.usage({ tenantId: 'default' }, { groupBy: 'user' }),
      ledger.report.usage(BERT, { groupBy: 'user' }),
    ]);

    expect(ofTenant.map(({ key, attempts }) => [key, attempts])).toEqual([
      ['anna', 2],
      ['bert', 1],
    ]);
    expect(ofUser.map(({ key }) => key)).toEqual(['bert']);
  });

  it.each([
    ['purpose' as const, ['answer', 'facts']],
    ['dataSource' as const, ['shop']],
    ['source' as const, ['model']],
    ['day' as const, [expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]],
  ])('groups by %s', async (groupBy, keys) => {
    const items = await ledger.report.usage({ tenantId: 'default' }, { groupBy });

    expect(items.map(({ key }) => key)).toEqual(keys);
  });

  it('takes the first and the last day along', async () => {
    const [{ day }] = (await ledger.rows<{ day: string }>('SELECT max(day)::text AS day FROM memori.journal')) as [
      { day: string },
    ];

    const count = async (from: string, to: string) =>
      (await ledger.report.usage({ tenantId: 'default' }, { groupBy: 'user', from, to })).length;

    expect(await count(day, day)).toBe(2);
    expect(await count('2020-01-01', '2020-12-31')).toBe(0);
  });

  it.each(['yesterday', '2026-02-30', '2026-1-1', "2026-01-01'; --"])('refuses %j as a day', async (from) => {
    await expect(ledger.report.usage(ANNA, { groupBy: 'day', from })).rejects.toThrow(InvalidRequestError);
  });
});
