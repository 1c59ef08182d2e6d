import Anthropic from '@anthropic-ai/sdk';
import { ClaudeError } from './errors';
import { FakeClaude } from './fake-claude';
import { replies } from './reply';

let claude: FakeClaude;
let client: Anthropic;

beforeAll(async () => {
  claude = await FakeClaude.start();
  client = new Anthropic({ apiKey: 'k', baseURL: claude.url, maxRetries: 0 });
});
afterAll(() => claude.stop());
beforeEach(() => claude.reset());

const item = (custom_id: string, more: object = {}) => ({
  custom_id,
  params: {
    model: 'claude-haiku-5-5',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: custom_id }],
    ...more,
  },
});
const resultsOf = async (id: string) => {
  const all = [];
  for await (const line of await client.messages.batches.results(id)) all.push(line);
  return all.sort((a, b) => (a.custom_id < b.custom_id ? -1 : 1));
};

describe('message batches, by the real SDK', () => {
  it('are in progress, end, and give each request its own result', async () => {
    claude.next('SELECT 1', replies.overloaded(), replies.hang());

    const made = await client.messages.batches.create({
      requests: [item('a'), item('b'), item('c'), item('d', { stream: true })],
    });
    const ended = await client.messages.batches.retrieve(made.id);
    const results = await resultsOf(made.id);

    expect([made.processing_status, made.results_url, made.request_counts.processing]).toEqual([
      'in_progress',
      null,
      4,
    ]);
    expect(ended.request_counts).toEqual({ processing: 0, succeeded: 1, errored: 2, canceled: 0, expired: 1 });
    expect(results.map(({ result }) => result.type)).toEqual(['succeeded', 'errored', 'expired', 'errored']);
    expect(results[0]?.result).toMatchObject({
      message: { usage: { service_tier: 'batch', input_tokens: expect.any(Number) } },
    });
  });

  it('can be held, cancelled, listed and deleted', async () => {
    claude.batches.endsByItself = false;
    const [one, two] = [
      await client.messages.batches.create({ requests: [item('a')] }),
      await client.messages.batches.create({ requests: [item('a')] }),
    ];

    const early = client.messages.batches.results(one.id);
    const cancelled = await client.messages.batches.cancel(one.id);
    claude.batches.endAll();
    const listed = [];
    for await (const batch of client.messages.batches.list({ limit: 1 })) listed.push(batch.id);
    await client.messages.batches.delete(two.id);

    await expect(early).rejects.toThrow(/results_url/);
    expect([cancelled.processing_status, (await resultsOf(one.id))[0]?.result.type]).toEqual(['canceling', 'canceled']);
    expect(listed).toEqual([two.id, one.id]);
    await expect(client.messages.batches.retrieve(two.id)).rejects.toThrow(Anthropic.NotFoundError);
  });

  it.each([
    ['no requests', []],
    ['an id twice', [item('a'), item('a')]],
    ['an id of other letters', [item('a b')]],
    ['a field that nobody knows', [{ ...item('a'), priority: 1 }]],
  ])('refuse %s', async (_, requests) => {
    await expect(client.messages.batches.create({ requests })).rejects.toThrow(Anthropic.BadRequestError);
    expect(claude.batches.count).toBe(0);
  });

  it('fail as ordered: with an error, or with an answer that never comes', async () => {
    claude.nextBatch(new ClaudeError(529, 'overloaded_error', 'Overloaded'), 'answer-lost');

    await expect(client.messages.batches.create({ requests: [item('a')] })).rejects.toThrow(/Overloaded/);
    await expect(client.messages.batches.create({ requests: [item('a')] })).rejects.toThrow(
      Anthropic.APIConnectionError,
    );

    expect(claude.batches.count).toBe(1);
  });
});
