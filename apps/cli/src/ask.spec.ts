import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from './ask';
import { readOptions } from './options';

let server: Server;
let reply: { status: number; body: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(reply.status).end(reply.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

function asked(status: number, body: string) {
  reply = { status, body };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return ask({ url, key: 'a-key' }, readOptions(['ask', 'How many?']), () => undefined);
}

describe('asking', () => {
  it.each([
    [200, '<html>a proxy</html>'],
    [200, '{"hello":"world"}'],
    [502, 'Bad gateway'],
  ])('says when what answers (%i, %s) is not Memori', async (status, body) => {
    await expect(asked(status, body)).rejects.toThrow(`What answers there is not Memori: status ${status}.`);
  });

  it('says a single fault once', async () => {
    const errors = [{ pointer: '/language', message: 'must be a language tag' }];
    const problem = { detail: '"/language" must be a language tag.', code: 'invalid-request', errors };

    await expect(asked(422, JSON.stringify(problem))).rejects.toThrow(
      /^"\/language" must be a language tag\. \(invalid-request\)$/,
    );
  });

  it('lists the faults that the detail does not tell', async () => {
    const errors = [
      { pointer: '/language', message: 'must be a language tag' },
      { pointer: '/maxRows', message: 'must be a whole number' },
    ];
    const problem = { detail: 'Two fields are wrong.', code: 'invalid-request', errors };

    await expect(asked(422, JSON.stringify(problem))).rejects.toThrow(
      'Two fields are wrong. (invalid-request)\n  /language must be a language tag\n  /maxRows must be a whole number',
    );
  });
});
