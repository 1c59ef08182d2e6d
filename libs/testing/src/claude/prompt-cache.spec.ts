import { PromptCache } from './prompt-cache';
import { validateMessageRequest } from './validate';

const MINUTE = 60_000;
const SCHEMA_TEXT = 'CREATE TABLE customers (id integer PRIMARY KEY, city text NOT NULL);\n'.repeat(80);

type Ttl = '5m' | '1h';

function aRequest({
  question = 'How many?',
  schema = SCHEMA_TEXT,
  ttl = '5m' as Ttl,
  model = 'claude-sonnet-5-5',
} = {}) {
  const body = {
    model,
    max_tokens: 100,
    system: [
      { type: 'text', text: 'You write SQL.' },
      { type: 'text', text: schema, cache_control: { type: 'ephemeral', ttl } },
    ],
    messages: [{ role: 'user', content: question }],
  };
  return validateMessageRequest(body, new Date('2026-11-01T00:00:00Z'));
}

/** Sends requests one after the other and tells what each one's input was. */
function spend(...calls: [request: ReturnType<typeof aRequest>, atMs: number, account?: string][]) {
  const cache = new PromptCache();
  return calls.map(([request, atMs, account = 'a']) => {
    const { usage, commit } = cache.measure(request, account, atMs);
    commit();
    return usage;
  });
}

describe('PromptCache', () => {
  it('writes the prefix once and reads it for the next question', () => {
    const [first, second] = spend([aRequest(), 0], [aRequest({ question: 'Where?' }), MINUTE]);

    expect(first?.write5mTokens).toBeGreaterThan(1000);
    expect(first?.readTokens).toBe(0);
    expect(second).toMatchObject({ readTokens: first?.write5mTokens, write5mTokens: 0 });
  });

  it('adds up to the same whole, cached or not', () => {
    const [first, second] = spend([aRequest(), 0], [aRequest(), 1]);

    for (const usage of [first, second])
      expect((usage?.inputTokens ?? 0) + (usage?.readTokens ?? 0) + (usage?.write5mTokens ?? 0)).toBe(
        usage?.totalTokens,
      );
  });

  it('forgets after five minutes without use, and lives on with use', () => {
    const usages = spend(
      [aRequest(), 0],
      [aRequest(), 4 * MINUTE],
      [aRequest(), 8 * MINUTE],
      [aRequest(), 14 * MINUTE],
    );

    expect(usages.map((usage) => usage.readTokens > 0)).toEqual([false, true, true, false]);
  });

  it('keeps an hour what was marked for an hour, and bills it apart', () => {
    const [first, second] = spend([aRequest({ ttl: '1h' }), 0], [aRequest({ ttl: '1h' }), 59 * MINUTE]);

    expect(first).toMatchObject({ write5mTokens: 0, write1hTokens: expect.any(Number) });
    expect(second?.readTokens).toBe(first?.write1hTokens);
  });

  it('ignores a breakpoint below the smallest cacheable prefix', () => {
    const [first, second] = spend([aRequest({ schema: 'short' }), 0], [aRequest({ schema: 'short' }), 1]);

    expect(first).toMatchObject({ write5mTokens: 0, readTokens: 0 });
    expect(second).toMatchObject({ readTokens: 0 });
  });

  it('shares nothing between models, accounts or other prefixes', () => {
    const usages = spend(
      [aRequest(), 0],
      [aRequest({ model: 'claude-opus-5-5' }), 1],
      [aRequest(), 2, 'b'],
      [aRequest({ schema: `${SCHEMA_TEXT}-- changed` }), 3],
    );

    expect(usages.map((usage) => usage.readTokens)).toEqual([0, 0, 0, 0]);
  });

  it('shares a prefix only once the first answer has begun', () => {
    const cache = new PromptCache();
    const first = cache.measure(aRequest(), 'a', 0);
    const early = cache.measure(aRequest(), 'a', 1);
    first.commit();
    const late = cache.measure(aRequest(), 'a', 2);

    expect(early.usage.readTokens).toBe(0);
    expect(late.usage.readTokens).toBeGreaterThan(0);
  });
});
