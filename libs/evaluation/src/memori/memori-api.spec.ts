import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoriApi } from './memori-api';

/** The headers of the one question that `isShared` asks. */
async function headersOf(isShared: boolean): Promise<IncomingHttpHeaders> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.setHeader('content-type', 'application/json').end('{"id":"1","status":"answered"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const api = new MemoriApi({ url: `http://127.0.0.1:${port}`, key: 'k' }, isShared);
  await api.ask({ question: 'How many?', dataSourceId: 'd', sessionId: 's' });
  server.closeAllConnections();
  server.close();
  return seen[0] ?? {};
}

it('lets the people go first with whom it shares a Memori', async () => {
  expect(await headersOf(true)).toMatchObject({ priority: 'u=7', prefer: 'wait=60' });
});

it('takes all that a Memori of its own has', async () => {
  expect(await headersOf(false)).not.toHaveProperty('priority');
});
