import { FakeClaude } from '@memori/testing';
import { aDoor, aRequest, type Door } from './metered-llm.fixture';
import { MustWaitError } from './must-wait.error';

jest.setTimeout(60_000);

/** A provider that refuses what goes beyond ten requests a minute. */
describe('a model near its limit', () => {
  let door: Door;
  let claude: FakeClaude;

  beforeAll(async () => {
    [door, claude] = await Promise.all([aDoor(), FakeClaude.start({ limits: { requests: 10, enforced: true } })]);
  });
  afterAll(async () => {
    await claude.stop();
    await door.close();
  });

  it('is asked no more before the provider refuses anything, and other models go on', async () => {
    const { llm, pacer } = door.open(claude.url, { MEMORI_CLAUDE_MODEL: 'claude-sonnet-5-5' });
    let answered = 0;
    let heldBack: unknown;
    while (!heldBack && answered < 60) {
      await llm.complete(aRequest()).then(
        () => answered++,
        (error: unknown) => (heldBack = error),
      );
      await pacer.flush();
    }

    expect(heldBack).toBeInstanceOf(MustWaitError);
    expect(heldBack).toMatchObject({ reason: 'rate-limited', countsAsAttempt: false });
    expect((heldBack as MustWaitError).retryAfterMs).toBeGreaterThan(0);
    expect(answered).toBeGreaterThanOrEqual(8);
    // Whoever was held back was never sent: the provider refused nobody, and nobody paid.
    expect(await door.rows("SELECT outcome FROM memori.attempts WHERE outcome <> 'answered'")).toEqual([]);
    expect(await door.leftovers()).toEqual([]);
    await expect(llm.complete(aRequest({ model: 'claude-haiku-5-5' }))).resolves.toBeDefined();
  });

  it('is left alone by all instances once it refused one of them', async () => {
    await door.wipe();
    const wide = { MEMORI_MAX_CONCURRENT_REQUESTS: '20' };
    const [one, other] = [door.open(claude.url, wide), door.open(claude.url, wide)];
    const opus = { model: 'claude-opus-5-5' };
    // One burst of more than the provider takes: nothing is known of his limits yet.
    const burst = Array.from({ length: 12 }, (_, n) =>
      one.llm.complete(aRequest({ ...opus, scope: { tenantId: 'default', userId: `u${n}` } })).catch((error) => error),
    );
    await Promise.all(burst);
    await one.pacer.flush();

    const next = await other.llm.complete(aRequest(opus)).catch((error: unknown) => error);

    const refused = await door.rows("SELECT FROM memori.attempts WHERE outcome = 'rate-limited'");
    expect(refused.length).toBeGreaterThan(0);
    expect(next).toMatchObject({ reason: 'rate-limited' });
  });
});
