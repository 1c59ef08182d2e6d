import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { FakeClaude } from './fake-claude';
import { replies } from './reply';

const SCHEMA = {
  title: 'memori-answer-1',
  type: 'object',
  additionalProperties: false,
  required: [
    'outcome',
    'sql',
    'explanation',
    'assumptions',
    'clarificationQuestion',
    'clarificationOptions',
    'refusalReason',
  ],
  properties: {
    outcome: { type: 'string', enum: ['sql', 'clarification', 'refusal'] },
    sql: { type: ['string', 'null'] },
    explanation: { type: ['string', 'null'] },
    assumptions: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    clarificationQuestion: { type: ['string', 'null'] },
    clarificationOptions: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    refusalReason: { type: ['string', 'null'] },
  },
};

function aQuestion(text = 'How many customers?', more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 4096,
    system: [{ type: 'text' as const, text: 'CREATE TABLE shop.customers (id int)' }],
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }],
    output_config: { format: { type: 'json_schema' as const, schema: SCHEMA } },
    ...more,
  };
}

function textOf(message: Anthropic.Message): string {
  return message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
}

describe('FakeClaude, asked by the real SDK', () => {
  let claude: FakeClaude;
  let client: Anthropic;

  beforeEach(async () => {
    claude = await FakeClaude.start();
    client = new Anthropic({ apiKey: 'test-key', baseURL: claude.url, maxRetries: 0 });
  });
  afterEach(() => claude.stop());

  it('answers a question with the scripted SQL in the structure of the schema', async () => {
    claude.answers('SELECT count(*) FROM shop.customers');

    const message = await client.messages.create(aQuestion());

    expect(JSON.parse(textOf(message))).toEqual({
      outcome: 'sql',
      sql: 'SELECT count(*) FROM shop.customers',
      explanation: expect.stringContaining('[simulated]'),
      assumptions: null,
      clarificationQuestion: null,
      clarificationOptions: null,
      refusalReason: null,
    });
    expect(message.stop_reason).toBe('end_turn');
    expect(message._request_id).toMatch(/^req_/);
    expect(claude.lastRequest).toMatchObject({
      question: 'How many customers?',
      purpose: 'memori-answer-1',
      attempt: 1,
    });
  });

  it('puts a thinking block first, so that nobody may choose blocks by their position', async () => {
    const message = await client.messages.create(aQuestion());

    expect(message.content.map((block) => block.type)).toEqual(['thinking', 'text']);
  });

  it('streams the same message that it would send at once', async () => {
    claude.answers('SELECT 1 AS "数字"');

    const stream = client.messages.stream(aQuestion());
    const events: string[] = [];
    stream.on('streamEvent', (event) => events.push(event.type));
    const message = await stream.finalMessage();

    expect(JSON.parse(textOf(message)).sql).toBe('SELECT 1 AS "数字"');
    expect(events[0]).toBe('message_start');
    expect(events.slice(-2)).toEqual(['message_delta', 'message_stop']);
    expect(message.usage.output_tokens).toBeGreaterThan(20);
  });

  it('tells the input at the start of a stream and the cumulative output at its end', async () => {
    const stream = await client.messages.create({ ...aQuestion(), stream: true });
    const usages: Record<string, unknown> = {};
    for await (const event of stream) {
      if (event.type === 'message_start') usages['start'] = event.message.usage;
      if (event.type === 'message_delta') usages['delta'] = event.usage;
    }

    expect(usages['start']).toMatchObject({ output_tokens: 1, input_tokens: expect.any(Number) });
    expect(usages['delta']).toMatchObject({ output_tokens: expect.any(Number), input_tokens: expect.any(Number) });
  });

  it('counts tokens as the answer later bills them', async () => {
    const { model, system, messages, output_config } = aQuestion();
    const counted = await client.messages.countTokens({ model, system, messages, output_config });
    const message = await client.messages.create(aQuestion());

    expect(message.usage.input_tokens).toBe(counted.input_tokens);
    expect(claude.requests).toHaveLength(1);
  });

  it('plays one-shot replies in order, then the rule, then the default', async () => {
    claude.answers('SELECT 3').when('How many customers?').once('SELECT 2').next('SELECT 1');

    const sql = async () => JSON.parse(textOf(await client.messages.create(aQuestion()))).sql;

    expect([await sql(), await sql(), await sql(), await sql()]).toEqual([
      'SELECT 1',
      'SELECT 2',
      'SELECT 3',
      'SELECT 3',
    ]);
  });

  it('does not let a background call eat the reply of a question', async () => {
    claude.next('SELECT 1');
    const facts = {
      ...SCHEMA,
      title: 'memori-facts-1',
      required: ['facts'],
      properties: { facts: { type: 'array', items: { type: 'string' } } },
    };

    const background = await client.messages.create(
      aQuestion('…', { output_config: { format: { type: 'json_schema', schema: facts } } }),
    );
    const question = await client.messages.create(aQuestion());

    expect(JSON.parse(textOf(background))).toEqual({ facts: [] });
    expect(JSON.parse(textOf(question)).sql).toBe('SELECT 1');
  });

  it.each([
    ['rateLimited', replies.rateLimited({ retryAfterSeconds: 7 }), Anthropic.RateLimitError, 429],
    ['spendLimit', replies.spendLimit(), Anthropic.RateLimitError, 429],
    ['serverError', replies.serverError(), Anthropic.InternalServerError, 500],
    ['overloaded', replies.overloaded(), Anthropic.InternalServerError, 529],
    ['unauthenticated', replies.unauthenticated(), Anthropic.AuthenticationError, 401],
    ['forbidden', replies.forbidden(), Anthropic.PermissionDeniedError, 403],
    ['badRequest', replies.badRequest(), Anthropic.BadRequestError, 400],
  ])('lets the SDK throw its own class for %s', async (_name, reply, type, status) => {
    claude.next(reply);

    const failure = await client.messages.create(aQuestion()).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(type);
    expect(failure).toMatchObject({ status, requestID: expect.stringMatching(/^req_/) });
  });

  it('sends retry-after with a rate limit and none with a spending cap', async () => {
    claude.next(replies.rateLimited({ retryAfterSeconds: 7 }), replies.spendLimit());
    const failures: APIError[] = [];
    for (let i = 0; i < 2; i++)
      await client.messages.create(aQuestion()).catch((error: APIError) => failures.push(error));

    expect(failures.map((failure) => failure.headers?.get('retry-after'))).toEqual(['7', null]);
  });

  it('breaks a stream in its middle', async () => {
    claude.next(replies.brokenStream());

    const stream = client.messages.stream(aQuestion());
    const failure = await stream.finalMessage().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(stream.currentMessage?.usage.input_tokens).toBeGreaterThan(0);
  });

  it('breaks a blocking answer in its middle', async () => {
    claude.next(replies.brokenStream({ afterBytes: 100 }));

    await expect(client.messages.create(aQuestion())).rejects.toThrow();
  });

  it('sends an error event in the middle of a stream that began well', async () => {
    claude.next(replies.errorEventMidStream());

    const failure = await client.messages
      .stream(aQuestion())
      .finalMessage()
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(APIError);
    expect((failure as APIError).type).toBe('overloaded_error');
  });

  it('stops in the middle of a stream, and goes on when it may', async () => {
    const gate = claude.gate();
    claude.next(replies.stalledStream({ until: gate.until, reply: replies.sql('SELECT 5') }));
    const events: string[] = [];

    const stream = await client.messages.create({ ...aQuestion(), stream: true });
    for await (const event of stream) {
      events.push(event.type);
      if (event.type === 'message_start') gate.open();
    }

    expect(events.at(-1)).toBe('message_stop');
    expect(claude.lastRequest.state).toBe('answered');
  });

  it('hangs until the client gives up, and notices that', async () => {
    claude.next(replies.hang());
    const abort = new AbortController();

    const call = client.messages.create(aQuestion(), { signal: abort.signal });
    await claude.received(1);
    abort.abort();

    await expect(call).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await claude.idle();
    expect(claude.lastRequest.state).toBe('aborted');
  });

  it('holds an answer until the gate opens and counts who waits', async () => {
    const gate = claude.holdNext('SELECT 1');

    const call = client.messages.create(aQuestion());
    await claude.received(1);
    expect(claude.inFlight).toBe(1);
    gate.open();

    expect(JSON.parse(textOf(await call)).sql).toBe('SELECT 1');
  });

  it.each([
    ['prose', replies.prose(), 'end_turn'],
    ['brokenJson', replies.brokenJson(), 'end_turn'],
    ['empty', replies.empty(), 'end_turn'],
    ['maxTokens', replies.maxTokens(), 'max_tokens'],
    ['stopRefusal', replies.stopRefusal(), 'refusal'],
  ])('says %s with the right stop reason', async (_name, reply, stopReason) => {
    claude.next(reply);

    const message = await client.messages.create(aQuestion());

    expect(message.stop_reason).toBe(stopReason);
    expect(() => JSON.parse(textOf(message))).toThrow();
  });

  it('cuts an answer that is longer than max_tokens', async () => {
    claude.next(`SELECT ${'very_long_column, '.repeat(100)}1`);

    const message = await client.messages.create(aQuestion('?', { max_tokens: 64 }));

    expect(message.stop_reason).toBe('max_tokens');
    expect(message.usage.output_tokens).toBe(64);
  });

  it('lists the models with the window and the longest output of each', async () => {
    const models = await client.models.list();

    expect(models.data.find((model) => model.id === 'claude-sonnet-5-5')).toMatchObject({
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
    });
  });

  it('ends open connections when it stops', async () => {
    claude.next(replies.hang());
    const call = client.messages.create(aQuestion()).catch((error: unknown) => error);
    await claude.received(1);

    await claude.stop();

    expect(await call).toBeInstanceOf(Anthropic.APIConnectionError);
    claude = await FakeClaude.start();
  });
});
