import { once } from 'node:events';
import { connect } from 'node:net';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, clientOf } from './support/client';

let memori: BootedMemori;
let call: Call;

beforeAll(async () => {
  memori = await bootMemori();
  call = clientOf(memori);
});

afterAll(() => memori?.close());

/** What every error has, whatever it is about. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).toMatchObject({
    type: `urn:memori:problem:${code}`,
    status,
    code,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(answer.status).toBe(status);
  expect(answer.body.instance).toBe(answer.headers.get('x-request-id'));
}

const pointersOf = (answer: Answer) =>
  (answer.body.errors as { pointer: string }[] | undefined)?.map(({ pointer }) => pointer);

/** Sends bytes as they are and reads until the server hangs up. */
async function sendRaw(text: string): Promise<string> {
  const { port } = new URL(memori.url);
  const socket = connect(Number(port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('a request that no route takes', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v1/nothing'],
    ['GET', '/V1/me'],
    ['DELETE', '/v1/me'],
    ['PUT', '/v1/sessions'],
    ['GET', '/v1/sessions/'],
    ['GET', `/v1/${'x'.repeat(20_000).slice(0, 12_000)}`],
  ])('%s %s is not found', async (method, path) => {
    expectProblem(await call(method, path), 404, 'not-found');
  });

  it.each([
    ['text/plain', 'x'],
    ['application/x-ndjson', '{}'],
    ['application/json', '{'],
    ['application/json', 'x'.repeat(1024 * 1024 + 1)],
  ])('is told so before its body of type %s is read', async (type, raw) => {
    expectProblem(await call('POST', '/v1/nothing', { raw, headers: { 'content-type': type } }), 404, 'not-found');
  });

  it.each(['/v1/%zz', '/v1/sessions/%ff%fe', '/v1/sessions/%ED%A0%80'])(
    '%s cannot be read or names nothing',
    async (path) => {
      const answer = await call('GET', path);

      expect([400, 404]).toContain(answer.status);
      expectProblem(answer, answer.status, answer.status === 400 ? 'invalid-request' : 'not-found');
    },
  );

  it('is told so even when it is not HTTP', async () => {
    const answer = await sendRaw('this is no HTTP\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
  });
});

describe('a key', () => {
  it.each([
    ['is missing', {}],
    ['is another', { authorization: 'Bearer mk_nobody_has_this_one' }],
    ['comes by another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['is empty', { authorization: 'Bearer ' }],
    ['has a blank at its end that is none', { authorization: 'Bearer a b' }],
  ])('that %s is refused', async (_, headers) => {
    const answer = await call('GET', '/v1/me', { key: null, headers });

    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('is asked for before the body is looked at', async () => {
    expectProblem(await call('POST', '/v1/sessions', { key: null, raw: '{' }), 401, 'unauthenticated');
  });

  it('is asked for however the path is written', async () => {
    for (const path of ['/v1/me', '/%761/me', '/v1/%6De', '/v1/me?x=1', '/v1/me#x'])
      expect((await call('GET', path, { key: null })).status).toBe(401);
  });
});

describe('a body', () => {
  it.each([
    ['is malformed', '{"title":'],
    ['is text', 'hello'],
    ['has a raw NUL', '{"title":"\0"}'],
  ])('that %s cannot be read', async (_, raw) => {
    expectProblem(await call('POST', '/v1/sessions', { raw }), 400, 'invalid-request');
  });

  it('that is no UTF-8 cannot be read', async () => {
    expectProblem(
      await call('POST', '/v1/sessions', { raw: new Uint8Array([0x7b, 0xff, 0x7d]) }),
      400,
      'invalid-request',
    );
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'nonsense',
  ])('of the type %s cannot be read', async (type) => {
    expectProblem(
      await call('POST', '/v1/sessions', { raw: '{}', headers: { 'content-type': type } }),
      400,
      'invalid-request',
    );
  });

  it.each([['[]'], ['"a"'], ['5'], ['null'], ['true']])('%s is no object', async (raw) => {
    const answer = await call('POST', '/v1/sessions', { raw });

    if (raw === 'null') expect(answer.status).toBe(201);
    else expectProblem(answer, 422, 'invalid-request');
  });

  it.each([
    [{ titel: 'x' }, '/titel'],
    [{ constructor: 1 }, '/constructor'],
    [{ title: 5 }, '/title'],
    [{ isolated: 'false' }, '/isolated'],
    [{ isolated: 0 }, '/isolated'],
    [{ ttlSeconds: '60' }, '/ttlSeconds'],
    [{ ttlSeconds: 0.5 }, '/ttlSeconds'],
    [{ externalId: ['a'] }, '/externalId'],
    [{ namespace: '' }, '/namespace'],
    [{ title: 'a\0b' }, '/title'],
    [{ title: 'x'.repeat(501) }, '/title'],
  ])('%j is told where it is wrong', async (body, pointer) => {
    const answer = await call('POST', '/v1/sessions', { body });

    expectProblem(answer, 422, 'invalid-request');
    expect(pointersOf(answer)).toContain(pointer);
  });

  it.each([
    ['{"title":"\\ud800"}', '/title'],
    ['{"__proto__":{"isolated":true}}', '/__proto__'],
    [`{"title":${'['.repeat(5000)}${']'.repeat(5000)}}`, undefined],
  ])('%s goes no further', async (raw, pointer) => {
    const answer = await call('POST', '/v1/sessions', { raw });

    expectProblem(answer, 422, 'invalid-request');
    if (pointer) expect(pointersOf(answer)).toEqual([pointer]);
  });

  it('over 1 MiB is too large, but for turns', async () => {
    const long = JSON.stringify({ title: 'x'.repeat(1024 * 1024) });

    expectProblem(await call('POST', '/v1/sessions', { raw: long }), 413, 'request-too-large');
    const turns = Array.from({ length: 10 }, (_, index) => ({
      role: 'user',
      content: `${index} `.padEnd(190_000, 'x'),
    }));
    expect((await call('POST', '/v1/sessions/ext:large/turns', { body: turns })).status).toBe(201);
  });

  it('over 16 MiB is too large for turns too', async () => {
    const raw = `[${'{"role":"user","content":"x"},'.repeat(600_000)}{}]`;

    expectProblem(await call('POST', '/v1/sessions/ext:larger/turns', { raw }), 413, 'request-too-large');
  });

  it('may be empty where no field is needed', async () => {
    expect((await call('POST', '/v1/sessions', { raw: '' })).status).toBe(201);
  });
});

describe('a query', () => {
  it.each([
    ['limit=0', '/limit'],
    ['limit=201', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=1e2', '/limit'],
    ['limit=ten', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=nonsense', '/cursor'],
    ['cursor=', '/cursor'],
    ['cursor=a&cursor=b', '/cursor'],
    ['cursor=%00', '/cursor'],
    ['order=asc', '/order'],
    ['__proto__=1', '/__proto__'],
  ])('%s is told where it is wrong', async (query, pointer) => {
    const answer = await call('GET', `/v1/sessions?${query}`);

    expectProblem(answer, 422, 'invalid-request');
    expect(pointersOf(answer)).toContain(pointer);
  });

  it('may not smuggle NUL into an id', async () => {
    expectProblem(await call('GET', '/v1/sessions/ext:a%00b'), 422, 'invalid-request');
  });
});

describe('the id of a request', () => {
  it('is taken and returned', async () => {
    const answer = await call('GET', '/v1/me', { headers: { 'x-request-id': 'trace-1' } });

    expect(answer.headers.get('x-request-id')).toBe('trace-1');
  });

  it('is made when it is not fit to be written into a log', async () => {
    const answer = await call('GET', '/v1/nothing', { headers: { 'x-request-id': 'a b' } });

    expect(answer.body.instance).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('stands in every line of the log, without the path or the key', async () => {
    await call('GET', '/v1/sessions/ext:somebodys-secret-name', { headers: { 'x-request-id': 'trace-2' } });

    const line = memori.logLines.find((text) => text.includes('trace-2'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ route: '/v1/sessions/:id', status: 404, method: 'GET' });
    expect(memori.logLines.join('')).not.toMatch(/somebodys-secret-name|the-administrators-key/);
  });
});
