import { aLedger, ANNA, MODEL, SMALL, type Ledger } from './ledger.fixture';

const ANSWERED = { outcome: 'answered' };
const reservation = { model: MODEL, atMost: SMALL, purpose: 'answer' };

describe('BudgetReaper', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());
  afterEach(async () => expect(await ledger.faults()).toEqual([]));

  it('leaves holds alone whose time is not over', async () => {
    await ledger.budget().reserve(ANNA, reservation);

    expect(await ledger.reaper().sweep()).toBe(0);
  });

  it('gives back what was never sent, and does not let it be sent afterwards', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await ledger.expire(hold);

    expect(await ledger.reaper().sweep()).toBe(1);

    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 0, held: 0 }]);
    expect(await budget.markSent(hold)).toBe(false);
  });

  it('charges the reservation, flagged, when a call was sent and nothing is known of it', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await ledger.expire(hold);

    await ledger.reaper().sweep();

    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 200, held: 0 }]);
    expect(await ledger.rows('SELECT reasons, nano_usd FROM memori.journal')).toEqual([
      { reasons: ['unknown_usage'], nano_usd: '1200000' },
    ]);
  });

  it('charges input and streamed part when a call was streaming', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await budget.markStreaming(hold, { ...SMALL, inputTokens: 80, outputTokens: 1 });
    await budget.markStreaming(hold, { ...SMALL, inputTokens: 80, outputTokens: 7 });
    await ledger.expire(hold);

    await ledger.reaper().sweep();

    expect(await ledger.rows('SELECT input_tokens, output_tokens, nano_usd, reasons FROM memori.journal')).toEqual([
      { input_tokens: '80', output_tokens: '7', nano_usd: '230000', reasons: [] },
    ]);
  });

  it('corrects the charge to what the provider said when the owner comes back after all, once', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await ledger.expire(hold);
    await ledger.reaper().sweep();
    const usage = { ...SMALL, inputTokens: 90, outputTokens: 30 };

    const first = await budget.settle(hold, usage, ANSWERED);
    const second = await budget.settle(hold, usage, ANSWERED);

    expect([first.result, second.result]).toEqual(['late', 'already']);
    expect(first.reasons).toEqual(['late_settle']);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 120, held: 0 }]);
    expect(
      await ledger.rows(
        'SELECT sum(input_tokens) AS i, sum(output_tokens) AS o, sum(nano_usd) AS n FROM memori.journal',
      ),
    ).toEqual([{ i: '90', o: '30', n: '480000' }]);
  });

  it('flags a late charge that finds its place in the limit taken', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '200' });
    const late = await budget.reserve(ANNA, reservation);
    await ledger.expire(late);
    await ledger.reaper().sweep();
    await budget.reserve(ANNA, reservation);

    const settlement = await budget.settle(late, SMALL, ANSWERED);

    expect(settlement.reasons).toEqual(['late_settle']);
    expect(await ledger.rows('SELECT posted_tokens, held_tokens, excess_tokens FROM memori.accounts')).toEqual([
      { posted_tokens: '200', held_tokens: '200', excess_tokens: '200' },
    ]);
  });

  it('ends each hold once when several reapers and the owner meet', async () => {
    const budget = ledger.budget();
    const holds = await Promise.all(Array.from({ length: 20 }, () => budget.reserve(ANNA, reservation)));
    await Promise.all(holds.map((hold) => budget.markSent(hold)));
    await Promise.all(holds.map((hold) => ledger.expire(hold)));

    const [a, b] = await Promise.all([
      ledger.reaper().sweep(),
      ledger.reaper().sweep(),
      ...holds.map((hold) => budget.settle(hold, SMALL, ANSWERED)),
    ]);

    expect(Number(a) + Number(b)).toBeLessThanOrEqual(20);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 4000, held: 0 }]);
  });

  it('works through more holds than one batch', async () => {
    const budget = ledger.budget();
    await Promise.all(Array.from({ length: 120 }, () => budget.reserve(ANNA, reservation)));
    await ledger.rows("UPDATE memori.holds SET expires_at = clock_timestamp() - interval '1 s'");

    expect(await ledger.reaper().sweep()).toBe(120);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 0, held: 0 }]);
  });

  it('prices a hold as it was reserved, by the price table of then', async () => {
    const dear = structuredClone(ledger.prices.current.content) as { models: { id: string; output: string }[] };
    dear.models.find(({ id }) => id === MODEL)!.output = '1000';
    await ledger.rows('INSERT INTO memori.price_tables (version, content) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      'then',
      JSON.stringify(dear),
    ]);
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await ledger.rows("UPDATE memori.attempts SET price_version = 'then'");
    await ledger.expire(hold);

    await ledger.reaper().sweep();

    expect(await ledger.rows('SELECT nano_usd FROM memori.journal')).toEqual([
      { nano_usd: String(100 * 2000 + 100 * 1_000_000) },
    ]);
  });
});
