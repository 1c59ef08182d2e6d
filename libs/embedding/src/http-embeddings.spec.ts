import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EmbeddingError } from './embedding-error';
import { HttpEmbeddings, type HttpOptions } from './http-embeddings';

interface Asked {
  readonly path?: string;
  readonly key?: string;
  readonly body: { model: string; input: string[]; input_type?: string };
}

const KEY = 'sk-planted-secret';
const good = (texts: number) =>
  JSON.stringify({ data: Array.from({ length: texts }, (_, index) => ({ index, embedding: [index + 1, 1] })) });

describe('HttpEmbeddings', () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let answers: ((reply: ServerResponse, asked: Asked) => void)[];
  let pauses: number[];
  const open: HttpEmbeddings[] = [];

  beforeEach(async () => {
    [asked, answers, pauses] = [[], [], []];
    server = createServer((request, reply) => void take(request, reply)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function take(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    const one = { path: request.url, key: request.headers.authorization, body: JSON.parse(text) as Asked['body'] };
    asked.push(one);
    (answers.shift() ?? ((each) => each.end(good(one.body.input.length))))(reply, one);
  }

  function anEndpoint(
    more: { model?: string; path?: string } = {},
    options: Partial<HttpOptions> = {},
  ): HttpEmbeddings {
    const endpoint = { url: `${url}${more.path ?? ''}`, model: more.model ?? 'small', apiKey: KEY };
    const made = new HttpEmbeddings(endpoint, {
      policy: { allowPrivate: true },
      pause: (ms) => Promise.resolve(void pauses.push(ms)),
      random: () => 0.5,
      ...options,
    });
    open.push(made);
    return made;
  }

  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (reply: ServerResponse) =>
      void reply.writeHead(code, headers).end('{"error":{"message":"quota of planted text"}}');

  it('sends model, texts and key, and gives the vectors back in order', async () => {
    const vectors = await anEndpoint().embed(['a', 'b'], 'document');

    expect(vectors).toEqual([Float32Array.of(1, 1), Float32Array.of(2, 1)]);
    expect(asked).toEqual([
      { path: '/v1/embeddings', key: `Bearer ${KEY}`, body: { model: 'small', input: ['a', 'b'] } },
    ]);
  });

  it.each([
    ['', '/v1/embeddings'],
    ['/v1', '/v1/embeddings'],
    ['/api/v1/', '/api/v1/embeddings'],
    ['/openai/deployments/x/embeddings?api-version=1', '/openai/deployments/x/embeddings?api-version=1'],
  ])('reads the address %j as %s', async (path, called) => {
    await anEndpoint({ path }).embed(['a'], 'query');

    expect(asked[0]?.path).toBe(called);
  });

  it("tells Voyage's models whether a text asks or answers", async () => {
    const voyage = anEndpoint({ model: 'voyage-4-lite' });
    await voyage.embed(['a'], 'query');
    await voyage.embed(['a'], 'document');

    expect(asked.map(({ body }) => body.input_type)).toEqual(['query', 'document']);
  });

  it('tries passing failures again, no sooner than the endpoint asks', async () => {
    answers = [status(429, { 'retry-after': '3' }), status(503), (reply) => reply.destroy()];

    await expect(anEndpoint().embed(['a'], 'document')).resolves.toHaveLength(1);

    expect(asked).toHaveLength(4);
    expect(pauses).toEqual([3000, 500, 2000]);
  });

  it('gives up on a question sooner than on what is embedded in the background', async () => {
    answers = [status(503), status(503), status(503), status(503)];

    await expect(anEndpoint().embed(['a'], 'query')).rejects.toMatchObject({ code: 'http-503', isPassing: true });
    expect(asked).toHaveLength(2);
  });

  it.each([401, 400, 404, 302])('does not try %d again', async (code) => {
    answers = [status(code, { location: 'http://127.0.0.1:1/' })];

    await expect(anEndpoint().embed(['a'], 'document')).rejects.toMatchObject({
      code: `http-${code}`,
      isPassing: false,
    });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'oops', 'no JSON'],
    ['cut off', good(2).slice(0, 30), 'no JSON'],
    ['too few vectors', good(1), '1 vectors came for 2'],
  ])('refuses a reply that is %s', async (_, body, why) => {
    answers = [(reply) => reply.end(body)];

    await expect(anEndpoint().embed(['a', 'b'], 'document')).rejects.toThrow(why);
  });

  it('does not read on when a reply has no end', async () => {
    answers = [
      (reply) => {
        const more = () => void reply.write('x'.repeat(1 << 20), (error) => (error ? undefined : more()));
        more();
      },
    ];

    await expect(anEndpoint().embed(['a'], 'document')).rejects.toThrow('too long');
  });

  it('ends a wait that is too long', async () => {
    answers = [() => undefined, () => undefined];

    const failed = anEndpoint({}, { timeoutMs: 50 }).embed(['a'], 'query');

    await expect(failed).rejects.toMatchObject({ code: 'timeout', isPassing: true });
  });

  it('names neither key, nor text, nor address in its errors', async () => {
    answers = [status(401)];
    const error = await anEndpoint()
      .embed(['planted text'], 'query')
      .catch((caught: unknown) => caught as EmbeddingError);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const lost = await anEndpoint()
      .embed(['planted text'], 'query')
      .catch((caught: unknown) => caught as EmbeddingError);

    expect(lost).toMatchObject({ code: 'econnrefused', isPassing: true });
    for (const each of [error, lost])
      expect(`${(each as Error).message} ${JSON.stringify(each)}`).not.toMatch(/planted|127\.0\.0\.1/);
  });

  it.each([
    ['http://169.254.169.254/latest', true, 'link-local'],
    ['http://10.1.2.3/v1', false, 'private'],
    ['ftp://x.example', true, 'https://'],
    ['', true, 'MEMORI_EMBEDDING_PROVIDER_URL'],
  ])('does not start with the address %j', (address, allowPrivate, why) => {
    const make = () =>
      new HttpEmbeddings(
        { url: address, model: 'm', apiKey: '' },
        { policy: { allowPrivate }, pause: () => Promise.resolve(), random: () => 0 },
      );

    expect(make).toThrow(why);
  });

  it('does not connect to a name that leads to a private address', async () => {
    const endpoint = new HttpEmbeddings(
      { url: url.replace('127.0.0.1', 'localhost'), model: 'm', apiKey: '' },
      { policy: { allowPrivate: false }, pause: () => Promise.resolve(), random: () => 0 },
    );
    open.push(endpoint);

    await expect(endpoint.embed(['a'], 'query')).rejects.toMatchObject({ code: 'address-refused', isPassing: false });
    expect(asked).toEqual([]);
  });
});
