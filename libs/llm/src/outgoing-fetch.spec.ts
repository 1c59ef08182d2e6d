import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outgoingFetch } from './outgoing-fetch';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('outgoingFetch', () => {
  const saved = { ...process.env };
  const asked: string[] = [];
  let proxy: Server;
  let target: Server;

  beforeEach(async () => {
    asked.length = 0;
    proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    target = createServer((_, response) => response.end('direct'));
    const port = await listening(proxy);
    Object.assign(process.env, {
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      HTTP_PROXY: `http://127.0.0.1:${port}`,
      NO_PROXY: '',
    });
  });
  afterEach(() => {
    process.env = { ...saved };
    proxy.close();
    target.close();
  });

  it('asks the proxy for https', async () => {
    await expect(outgoingFetch()('https://api.example.test/v1/messages')).rejects.toThrow('fetch failed');

    expect(asked).toEqual(['api.example.test:443']);
  });

  it('goes past the proxy where NO_PROXY says so', async () => {
    process.env.NO_PROXY = '127.0.0.1';
    const port = await listening(target);

    // It does not speak TLS, but it was asked.
    await expect(outgoingFetch()(`https://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
    expect(asked).toEqual([]);
  });

  it('reaches a plain http server directly', async () => {
    const port = await listening(target);
    const response = await outgoingFetch()(`http://127.0.0.1:${port}/`);

    expect(await response.text()).toBe('direct');
    expect(asked).toEqual([]);
  });
});
