import { FakeClaude } from './fake-claude';

describe('the HTTP side of the fake Claude', () => {
  let claude: FakeClaude;
  beforeAll(async () => void (claude = await FakeClaude.start({ apiKeys: ['right'] })));
  afterAll(() => claude.stop());

  const HEADERS = { 'x-api-key': 'right', 'anthropic-version': '2026-10-21', 'content-type': 'application/json' };

  async function post(body: string, headers: Record<string, string> = HEADERS, path = '/v1/messages') {
    const response = await fetch(`${claude.url}${path}`, { method: 'POST', body, headers });
    return {
      status: response.status,
      requestId: response.headers.get('request-id'),
      body: (await response.json()) as unknown,
    };
  }

  const fault = (type: string, message: unknown) => ({
    type: 'error',
    error: { type, message },
    request_id: expect.stringMatching(/^req_/),
  });

  it.each([
    ['no key', { 'anthropic-version': '2026-10-21' }, 401, 'authentication_error', 'x-api-key header is required'],
    ['a wrong key', { ...HEADERS, 'x-api-key': 'wrong' }, 401, 'authentication_error', 'invalid x-api-key'],
    ['no version', { 'x-api-key': 'right' }, 400, 'invalid_request_error', 'anthropic-version: header is required'],
    [
      'an unknown version',
      { ...HEADERS, 'anthropic-version': '1' },
      400,
      'invalid_request_error',
      'anthropic-version: "1" is not a valid version',
    ],
  ])('refuses %s', async (_name, headers, status, type, message) => {
    expect(await post('{}', headers)).toMatchObject({ status, body: fault(type, message) });
  });

  it('takes the key as a bearer token too', async () => {
    const { 'x-api-key': key, ...rest } = HEADERS;

    expect(await post('{}', { ...rest, authorization: `Bearer ${key}` })).toMatchObject({
      status: 400,
      body: fault('invalid_request_error', 'model: Field required'),
    });
  });

  it('refuses what is no JSON, and a path that does not exist', async () => {
    expect(await post('{')).toMatchObject({
      status: 400,
      body: fault('invalid_request_error', expect.stringContaining('not valid JSON')),
    });
    expect(await post('{}', HEADERS, '/v1/complete')).toMatchObject({
      status: 404,
      body: fault('not_found_error', 'Not Found'),
    });
  });

  it('refuses a body over 32 MB', async () => {
    expect(await post(' '.repeat(33 * 1024 * 1024))).toMatchObject({
      status: 413,
      body: fault('request_too_large', expect.any(String)),
    });
  });

  it('keeps what it refused apart from what it answered', () => {
    expect(claude.requests).toEqual([]);
    expect(claude.rejected.map(({ status }) => status)).toContain(413);
  });
});
