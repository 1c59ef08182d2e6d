import { aLedger, ANNA, type Ledger, MODEL, SMALL } from './ledger.fixture';
import { NO_USAGE } from './token-usage';
import { QuestionSpend } from './question-spend';

const BERT = { ...ANNA, userId: 'bert' };
const call = (questionId: string, model = MODEL) => ({ model, atMost: SMALL, purpose: 'answer', questionId });

describe('QuestionSpend', () => {
  let ledger: Ledger;
  let spend: QuestionSpend;

  beforeAll(async () => {
    ledger = await aLedger();
    spend = new QuestionSpend(ledger.db.database);
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());

  it('adds up every call that was sent for a question, and names the model of the last', async () => {
    const budget = ledger.budget();
    for (const model of [MODEL, 'claude-haiku-5-5']) {
      const hold = await budget.reserve(ANNA, call('q1', model));
      await budget.markSent(hold);
      await budget.settle(
        hold,
        { ...SMALL, cacheReadTokens: 5, cacheWrite5mTokens: 2, cacheWrite1hTokens: 1 },
        { outcome: 'answered' },
      );
    }

    expect((await spend.of(ANNA, ['q1', 'q2'])).get('q1')).toEqual({
      model: 'claude-haiku-5-5',
      inputTokens: 200,
      cacheReadTokens: 10,
      cacheWriteTokens: 6,
      outputTokens: 200,
      costUsd: expect.closeTo(0.0012 + 0.00006 + 0.0000105, 4),
      attempts: 2,
      open: 0,
    });
  });

  it('counts a call that nobody settled as open, and charges it once the reaper did', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, call('q1'));
    await budget.markSent(hold);

    expect((await spend.of(ANNA, ['q1'])).get('q1')).toMatchObject({ attempts: 1, open: 1, costUsd: 0 });

    await ledger.expire(hold);
    await ledger.reaper().sweep();
    expect((await spend.of(ANNA, ['q1'])).get('q1')).toMatchObject({ attempts: 1, open: 0, inputTokens: 100 });
  });

  it('leaves out what was never sent', async () => {
    const budget = ledger.budget();
    await budget.release(await budget.reserve(ANNA, call('q1')));
    const late = await budget.reserve(ANNA, call('q1'));
    await budget.markSent(late);
    await budget.settle(late, NO_USAGE, { outcome: 'not-sent' });

    expect(await spend.of(ANNA, ['q1'])).toEqual(new Map());
  });

  it('tells nobody else', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, call('q1'));
    await budget.markSent(hold);

    expect(await spend.of(BERT, ['q1'])).toEqual(new Map());
    expect(await spend.of({ ...ANNA, tenantId: 'other' }, ['q1'])).toEqual(new Map());
  });
});
