import { DomainError } from '@memori/errors';
import { FakeClaude, replies } from '@memori/testing';
import { chargeOf } from './llm';
import { ANNA, aDoor, aRequest, aStallingServer, type Door } from './metered-llm.fixture';
import { MustWaitError } from './must-wait.error';

describe('MeteredLlm', () => {
  let door: Door;
  let claude: FakeClaude;

  beforeAll(async () => {
    door = await aDoor();
    claude = await FakeClaude.start();
  });
  afterAll(async () => {
    await claude.stop();
    await door.close();
  });
  beforeEach(async () => {
    claude.reset();
    await door.wipe();
  });
  afterEach(async () => {
    expect(await door.leftovers()).toEqual([]);
    expect(claude.rejected).toEqual([]);
  });

  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'it succeeded',
      (error: unknown) => error,
    );
  const attempts = () => door.rows('SELECT state, outcome FROM memori.attempts ORDER BY prepared_at');
  const charges = () =>
    door.rows<Record<string, unknown>>('SELECT input_tokens, output_tokens, reasons FROM memori.journal ORDER BY id');

  it('answers with the parsed reply, what it used and what it cost', async () => {
    claude.answers('SELECT count(*) FROM shop.customers');
    const { llm, metrics } = door.open(claude.url);

    const reply = await llm.complete(aRequest({ questionId: 'q1' }));

    expect(reply.json).toMatchObject({ outcome: 'sql', sql: 'SELECT count(*) FROM shop.customers' });
    expect(reply).toMatchObject({ stopReason: 'end_turn', model: 'claude-sonnet-5-5' });
    expect(reply.usage.inputTokens).toBe(claude.lastRequest.input.inputTokens);
    expect(reply.costNanoUsd).toBe(
      BigInt(reply.usage.inputTokens) * 2000n + BigInt(reply.usage.outputTokens) * 10_000n,
    );
    expect(await metrics.text()).toContain('memori_llm_attempts_total{model="claude-sonnet-5-5",outcome="answered"} 1');
  });

  it('charges exactly what the provider reported, once, beside the attempt', async () => {
    const { llm, budget } = door.open(claude.url);

    const reply = await llm.complete(aRequest({ questionId: 'q1' }));
    const [line] = await budget.standing(ANNA);

    expect(await charges()).toEqual([
      { input_tokens: String(reply.usage.inputTokens), output_tokens: String(reply.usage.outputTokens), reasons: [] },
    ]);
    expect(
      await door.rows(
        "SELECT id, question_id, outcome, fence > 0 AS fenced, provider_request_id ~ '^req_' AS told FROM memori.attempts",
      ),
    ).toEqual([{ id: reply.attemptId, question_id: 'q1', outcome: 'answered', fenced: true, told: true }]);
    expect(line?.posted).toBe(reply.usage.inputTokens + reply.usage.outputTokens);
  });

  it('reserves more than the call then costs', async () => {
    const { llm } = door.open(claude.url);
    await llm.complete(aRequest());

    const [held] = await door.rows<{ enough: boolean }>(
      'SELECT h.tokens > j.limit_tokens AND h.nano_usd > j.nano_usd AS enough FROM memori.holds h JOIN memori.journal j USING (attempt_id)',
    );

    expect(held).toEqual({ enough: true });
  });

  it('prices what the provider read from and wrote to its cache apart', async () => {
    const { llm } = door.open(claude.url);
    const long = `CREATE TABLE ${Array.from({ length: 400 }, (_, i) => `shop.table_${i} (id int)`).join(', ')}`;
    const request = aRequest({ system: [{ text: long, cache: '5m' }] });

    const first = await llm.complete(request);
    const second = await llm.complete(request);

    expect(first.usage.cacheWrite5mTokens).toBeGreaterThan(512);
    expect(second.usage.cacheReadTokens).toBe(first.usage.cacheWrite5mTokens);
    expect(second.costNanoUsd).toBeLessThan(first.costNanoUsd / 2n);
  });

  it('sends the blocks as they are: the question alone stands last', async () => {
    const { llm } = door.open(claude.url);
    await llm.complete(aRequest());

    expect(claude.lastRequest).toMatchObject({
      question: 'How many customers?',
      purpose: 'memori-answer-1',
      stream: true,
    });
  });

  it('costs four round trips', async () => {
    const { llm } = door.open(claude.url);
    await llm.complete(aRequest());
    const before = door.db.database.counters.roundTrips;

    await llm.complete(aRequest());

    // Slot, reservation and sent, settled, slot back.
    expect(door.db.database.counters.roundTrips - before).toBe(4);
  });

  it('says what to set when there is no key, without touching anything', async () => {
    const { llm } = door.open(claude.url, { MEMORI_ANTHROPIC_API_KEY: '' });

    expect(llm.isConfigured()).toBe(false);
    expect(await failure(llm.complete(aRequest()))).toMatchObject({
      kind: 'unavailable',
      code: 'model-not-configured',
    });
    expect(await attempts()).toEqual([]);
  });

  it('refuses a model without a price', async () => {
    const { llm } = door.open(claude.url);

    const error = await failure(llm.complete(aRequest({ model: 'claude-9' })));

    expect(error).toMatchObject({ kind: 'invalid', code: 'model-not-allowed' });
    expect(claude.requests).toHaveLength(0);
  });

  it('refuses a prompt beyond the limit of one request, and says which limit', async () => {
    const { llm } = door.open(claude.url, { MEMORI_PER_REQUEST_TOKEN_LIMIT: '600' });

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject({
      code: 'budget-exhausted',
      facts: { limitSource: 'request', limit: 600, retryable: false },
    });
    expect((error as Error).message).toContain('MEMORI_PER_REQUEST_TOKEN_LIMIT');
  });

  it('sends nothing when the budget does not hold the most that the call may cost', async () => {
    const { llm } = door.open(claude.url, { MEMORI_DAILY_TOKEN_LIMIT: '3000' });

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject({ code: 'budget-exhausted', facts: { limitSource: 'user/day' } });
    expect(claude.requests).toHaveLength(0);
  });

  it('must wait without a hold when no slot is free', async () => {
    const { llm, slots } = door.open(claude.url, { MEMORI_MAX_REQUESTS_PER_USER: '1' });
    const taken = await slots.acquire(ANNA);

    const error = await failure(llm.complete(aRequest()));
    await taken!.release();

    expect(error).toBeInstanceOf(MustWaitError);
    expect(error).toMatchObject({ reason: 'no-slot', denied: 'user', countsAsAttempt: false });
    expect(await attempts()).toEqual([]);
  });

  it('never has more calls in flight than slots', async () => {
    const gate = claude.gate();
    claude.answers(replies.held(gate.until, replies.sql('SELECT 1')));
    const { llm } = door.open(claude.url, { MEMORI_MAX_CONCURRENT_REQUESTS: '4', MEMORI_MAX_REQUESTS_PER_USER: '2' });

    let refused = 0;
    let allAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (allAsked = resolve));
    // Nobody gets an answer before everybody has asked.
    void Promise.all([claude.received(4), asked]).then(() => gate.open());
    const calls = Array.from({ length: 20 }, async (_, i) => {
      const outcome = await failure(llm.complete(aRequest({ scope: { ...ANNA, userId: `user-${i % 5}` } })));
      if (outcome instanceof MustWaitError && ++refused === 16) allAsked();
      return outcome;
    });
    const outcomes = await Promise.all(calls);

    expect(claude.mostInFlight).toBe(4);
    expect(outcomes.filter((each) => each === 'it succeeded')).toHaveLength(4);
    expect(refused).toBe(16);
  });

  it('must wait as long as a 429 says, charges nothing, and makes the others wait too', async () => {
    claude.next(replies.rateLimited({ retryAfterSeconds: 30 }));
    const { llm } = door.open(claude.url);

    const first = await failure(llm.complete(aRequest()));
    const second = await failure(llm.complete(aRequest({ scope: { ...ANNA, userId: 'bert' } })));
    const other = await llm.complete(aRequest({ model: 'claude-haiku-5-5' }));

    expect(first).toMatchObject({ reason: 'rate-limited', retryAfterMs: 30_000, countsAsAttempt: false });
    expect(second).toMatchObject({ reason: 'rate-limited' });
    expect((second as MustWaitError).retryAfterMs).toBeGreaterThan(28_000);
    expect(other.json).toBeDefined();
    expect(claude.requests).toHaveLength(2);
    expect((await attempts())[0]).toEqual({ state: 'ended', outcome: 'rate-limited' });
  });

  it.each([
    ['an overload', () => replies.overloaded(), { reason: 'overloaded', countsAsAttempt: false }, 'overloaded'],
    [
      'a server error',
      () => replies.serverError(),
      { reason: 'provider-unavailable', countsAsAttempt: true },
      'unavailable',
    ],
    ['a spending limit', () => replies.spendLimit(), { code: 'provider-spend-limit' }, 'spend-limit'],
    ['a refused key', () => replies.unauthenticated(), { code: 'provider-unavailable' }, 'key-refused'],
    ['a missing permission', () => replies.forbidden(), { code: 'provider-unavailable' }, 'key-refused'],
  ])('charges nothing for %s', async (_, reply, expected, outcome) => {
    claude.next(reply());
    const { llm } = door.open(claude.url);

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject(expected);
    expect(await charges()).toEqual([]);
    expect(await attempts()).toEqual([{ state: 'ended', outcome }]);
  });

  it('hands no text of the provider on, which may quote the prompt', async () => {
    claude.next(replies.badRequest('messages.0: "How many customers?" is not allowed'));
    const { llm } = door.open(claude.url);

    const error = (await failure(llm.complete(aRequest()))) as DomainError;
    claude.reset();

    expect(error).toMatchObject({ code: 'provider-refused' });
    expect(`${error.message}${JSON.stringify(error.facts)}`).not.toContain('customers');
  });

  it.each([
    ['prose', replies.prose(), 'prose'],
    ['broken JSON', replies.brokenJson(), 'broken-json'],
    ['nothing', replies.empty(), 'empty'],
    ['another shape', replies.wrongShape(), 'other-shape'],
    ['half an answer', replies.maxTokens(), 'max-tokens'],
  ])('charges a reply of %s as reported, and says that it cannot be used', async (_, reply, reason) => {
    claude.next(reply);
    const { llm } = door.open(claude.url);

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject({ kind: 'bad-upstream', code: 'model-reply-invalid', facts: { reason } });
    expect(await charges()).toEqual([
      {
        input_tokens: String(claude.lastRequest.input.inputTokens),
        output_tokens: expect.stringMatching(/^\d+$/),
        reasons: [],
      },
    ]);
    expect(chargeOf(error)).toMatchObject({ usage: { inputTokens: claude.lastRequest.input.inputTokens } });
    expect(chargeOf(error)!.costNanoUsd).toBeGreaterThan(0n);
  });

  it('charges a refusal of the provider and tells it as such', async () => {
    claude.next(replies.stopRefusal());
    const { llm } = door.open(claude.url);

    expect(await failure(llm.complete(aRequest()))).toMatchObject({ code: 'provider-refused' });
    expect(await charges()).toHaveLength(1);
  });

  it.each([
    ['a broken stream', replies.brokenStream({ afterBytes: 900 }), 'provider-unavailable', 'cut-stream'],
    ['an error event in the stream', replies.errorEventMidStream({ afterBytes: 900 }), 'overloaded', 'overloaded'],
  ])('charges the input and what was streamed after %s', async (_, reply, reason, outcome) => {
    claude.next(reply);
    const { llm } = door.open(claude.url);

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject({ reason });
    expect(await attempts()).toEqual([{ state: 'ended', outcome }]);
    expect(await charges()).toEqual([
      {
        input_tokens: String(claude.lastRequest.input.inputTokens),
        output_tokens: expect.stringMatching(/^[1-9]/),
        reasons: [],
      },
    ]);
  });

  it('charges nothing when the provider cannot be reached at all', async () => {
    const gone = await FakeClaude.start();
    const { url } = gone;
    await gone.stop();
    const { llm } = door.open(url);

    expect(await failure(llm.complete(aRequest()))).toMatchObject({
      reason: 'provider-unavailable',
      countsAsAttempt: true,
    });
    expect(await charges()).toEqual([]);
  });

  it('gives up after the timeout, charges the input that it may have cost, flagged, and frees the slot', async () => {
    claude.next(replies.hang());
    const { llm } = door.open(claude.url, { MEMORI_CLAUDE_TIMEOUT_MS: '1000' });

    const error = await failure(llm.complete(aRequest()));

    expect(error).toMatchObject({ reason: 'provider-unavailable', countsAsAttempt: true });
    expect(await attempts()).toEqual([{ state: 'ended', outcome: 'timeout' }]);
    expect(await charges()).toMatchObject([{ output_tokens: '0', reasons: ['unknown_usage'] }]);
  });

  it('cancels a call in flight, and the provider hears of it', async () => {
    claude.next(replies.hang());
    const caller = new AbortController();
    const { llm } = door.open(claude.url);

    const call = failure(llm.complete(aRequest({ signal: caller.signal })));
    await claude.received(1);
    caller.abort();

    expect(await call).toMatchObject({ kind: 'cancelled', code: 'cancelled' });
    await claude.idle();
    expect(claude.lastRequest.state).toBe('aborted');
    expect(await attempts()).toEqual([{ state: 'ended', outcome: 'cancelled' }]);
  });

  it('takes nothing for a call that was cancelled before it began', async () => {
    const { llm } = door.open(claude.url);

    expect(await failure(llm.complete(aRequest({ signal: AbortSignal.abort() })))).toMatchObject({ code: 'cancelled' });
    expect(await attempts()).toEqual([]);
  });

  it('charges a call that is cancelled in the middle of its stream for its input and for what was streamed', async () => {
    const stalling = await aStallingServer();
    const caller = new AbortController();
    const { llm, budget } = door.open(stalling.url);
    const streaming = new Promise<void>((resolve) => {
      const mark = budget.markStreaming.bind(budget);
      budget.markStreaming = (...args) => mark(...args).finally(resolve);
    });

    const call = failure(llm.complete(aRequest({ signal: caller.signal })));
    await streaming;
    const [seen] = await door.rows('SELECT state, input_tokens FROM memori.attempts');
    caller.abort();
    await call;
    stalling.stop();

    expect(seen).toEqual({ state: 'streaming', input_tokens: '321' });
    expect(await charges()).toEqual([
      { input_tokens: '321', output_tokens: expect.stringMatching(/^1\d$/), reasons: [] },
    ]);
  });

  it('stops the call when its slot is lost, and lets the question wait', async () => {
    claude.next(replies.hang());
    const { llm } = door.open(claude.url, { MEMORI_SLOT_LEASE_MS: '1000' });

    const call = failure(llm.complete(aRequest()));
    await claude.received(1);
    await door.rows('DELETE FROM memori.leases');

    expect(await call).toMatchObject({ reason: 'lease-lost', countsAsAttempt: false });
    expect(await attempts()).toEqual([{ state: 'ended', outcome: 'lease-lost' }]);
  });

  it('gives running calls back at shutdown and begins no new ones', async () => {
    claude.next(replies.hang());
    const { llm } = door.open(claude.url);
    const call = failure(llm.complete(aRequest()));
    await claude.received(1);

    await llm.beforeApplicationShutdown();

    expect(await call).toMatchObject({ reason: 'shutting-down' });
    expect(await failure(llm.complete(aRequest()))).toMatchObject({ reason: 'shutting-down' });
    expect(await attempts()).toHaveLength(1);
  });

  it('is written as sent before anything is sent', async () => {
    claude.next(replies.hang());
    const caller = new AbortController();
    const { llm } = door.open(claude.url);

    const call = failure(llm.complete(aRequest({ signal: caller.signal })));
    await claude.received(1);
    const seen = await door.rows('SELECT state, sent_at >= prepared_at AS told FROM memori.attempts');
    caller.abort();
    await call;

    expect(seen).toEqual([{ state: 'sent', told: true }]);
  });

  it('sends nothing and charges nothing when the answer of the ledger is lost', async () => {
    const { llm, budget } = door.open(claude.url);
    const [reserve, settle] = [budget.reserve.bind(budget), budget.settle.bind(budget)];
    budget.reserve = (...args) => reserve(...args).then(() => Promise.reject(new Error('answer lost')));
    const ended = new Promise<void>((resolve) => {
      budget.settle = (...args) => settle(...args).finally(resolve);
    });

    expect(await failure(llm.complete(aRequest()))).toMatchObject({ message: 'answer lost' });
    await ended;

    expect(claude.requests).toHaveLength(0);
    expect(await charges()).toEqual([]);
    expect(await attempts()).toEqual([{ state: 'ended', outcome: 'not-sent' }]);
  });

  it('gives the hold back when it is cancelled while it reserves', async () => {
    const { llm, budget } = door.open(claude.url);
    const caller = new AbortController();
    const reserve = budget.reserve.bind(budget);
    budget.reserve = (...args) => reserve(...args).finally(() => caller.abort());

    expect(await failure(llm.complete(aRequest({ signal: caller.signal })))).toMatchObject({ code: 'cancelled' });
    expect(claude.requests).toHaveLength(0);
    expect(await charges()).toEqual([]);
    expect(await attempts()).toEqual([{ state: 'ended', outcome: 'not-sent' }]);
  });

  it('leaves a model alone that failed five times in a row, without an attempt, until a probe is answered', async () => {
    claude.answers(replies.serverError());
    const { llm } = door.open(claude.url);
    for (let i = 0; i < 5; i++) await failure(llm.complete(aRequest()));

    const refused = await failure(llm.complete(aRequest()));
    const other = await failure(llm.complete(aRequest({ model: 'claude-haiku-5-5' })));

    expect(refused).toMatchObject({ reason: 'provider-unavailable', countsAsAttempt: false });
    expect((refused as MustWaitError).retryAfterMs).toBeLessThanOrEqual(1000);
    expect(other).toMatchObject({ countsAsAttempt: true });
    expect(claude.requests).toHaveLength(6);
    // The provider said so himself, so the other instances are told.
    expect(await door.rows('SELECT rate_key FROM memori.pauses')).toEqual([{ rate_key: 'claude-sonnet-5-5' }]);
  });

  describe('near a hard limit', () => {
    // The bound of this request is about 1,700 tokens, its estimate about 900.
    const near = (extra: number) => {
      const quote = door.open(claude.url).llm.quote(aRequest({ maxOutputTokens: 400 }));
      return String(quote.typicalInputTokens + 400 + extra);
    };

    it('has the provider count what the bound refuses and the estimate allows', async () => {
      const { llm } = door.open(claude.url, { MEMORI_DAILY_TOKEN_LIMIT: near(100) });

      const reply = await llm.complete(aRequest({ maxOutputTokens: 400 }));

      expect(claude.countRequests).toHaveLength(1);
      const [hold] = await door.rows<{ tokens: string }>('SELECT tokens FROM memori.holds');
      expect(Number(hold?.tokens)).toBe(reply.usage.inputTokens + 32 + 400);
    });

    it('asks for no count where the estimate would not fit either, or where the bound fits', async () => {
      const tight = door.open(claude.url, { MEMORI_DAILY_TOKEN_LIMIT: near(-50) });
      const wide = door.open(claude.url, { MEMORI_DAILY_TOKEN_LIMIT: '10000' });

      expect(await failure(tight.llm.complete(aRequest({ maxOutputTokens: 400 })))).toMatchObject({
        code: 'budget-exhausted',
      });
      expect(claude.requests).toHaveLength(0);
      await wide.llm.complete(aRequest({ maxOutputTokens: 400 }));
      expect(claude.countRequests).toHaveLength(0);
    });
  });

  it('reserves closer once it was measured, over all instances, how prompts compare with their estimates', async () => {
    const first = door.open(claude.url);
    const bound = ({ llm }: ReturnType<Door['open']>) => llm.quote(aRequest()).atMost.inputTokens;
    const documented = bound(first);
    for (let i = 0; i < 300; i++) first.ratios.note('claude-sonnet-5-5', 1000, i % 100 === 0 ? 1020 : 1000);
    await first.ratios.flush();

    const second = door.open(claude.url);
    await second.ratios.flush();

    expect(bound(second)).toBe(bound(first));
    expect(bound(second)).toBeLessThan(documented);
    expect(bound(second)).toBeGreaterThan(second.llm.quote(aRequest()).typicalInputTokens);
    expect(second.llm.quote(aRequest({ model: 'claude-opus-5-5' })).atMost.inputTokens).toBe(documented);
  });

  it('settles again when the connection to the ledger was cut, and charges once', async () => {
    const { llm, budget } = door.open(claude.url);
    const settle = budget.settle.bind(budget);
    let failures = 2;
    budget.settle = async (...args) => {
      const settlement = await settle(...args);
      if (failures-- > 0) throw new Error('connection lost');
      return settlement;
    };

    const reply = await llm.complete(aRequest());

    expect(reply.json).toBeDefined();
    expect(await charges()).toHaveLength(1);
  });

  it('names the model that a pinned request asks for, at its own price and effort', async () => {
    const { llm } = door.open(claude.url);

    const reply = await llm.complete(
      aRequest({ model: 'claude-haiku-4-5-20251001', purpose: 'facts', maxOutputTokens: 300 }),
    );

    expect(reply.costNanoUsd).toBe(BigInt(reply.usage.inputTokens) * 1000n + BigInt(reply.usage.outputTokens) * 5000n);
    expect(claude.lastRequest.body).toMatchObject({ model: 'claude-haiku-4-5-20251001', max_tokens: 300 });
  });
});
