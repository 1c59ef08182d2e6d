import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Env } from '@memori/config';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from '@memori/testing';
import { assembleDataSources } from './assemble';
import { connectSettling } from './connect-source';
import { parseSourceUrl } from './source-url';

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};

/** Made for this test alone; it protects nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXpBJSCbniy+ssP13
FbfXlwF08ohMgrUx2Wc0XBfaDPChRANCAATCEIVgpiwXl0CLZv2jW8AheVYzP8Vj
+R1ut/k9cwqMuDhNo/uTPF4pYqe38KyP5ZkuvMDcxuk+TILw04Qnfv1S
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnjCCAUSgAwIBAgIUNnvCwci5kDzEN6YZJsrbyGT6MYgwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLbWVtb3JpLXRlc3QwIBcNMjYxMTIzMDYwNzU1WhgPMjEyNjEw
MzAwNjA3NTVaMBYxFDASBgNVBAMMC21lbW9yaS10ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEwhCFYKYsF5dAi2b9o1vAIXlWMz/FY/kdbrf5PXMKjLg4TaP7
kzxeKWKnt/Csj+WZLrzA3MbpPkyC8NOEJ379UqNuMGwwHQYDVR0OBBYEFJP2NU51
fcVsUMOcIgkyoKQcTI5qMB8GA1UdIwQYMBaAFJP2NU51fcVsUMOcIgkyoKQcTI5q
MA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOZGIubWVtb3JpLnRlc3QwCgYI
KoZIzj0EAwIDSAAwRQIgKH3Pa8A0VUdYHI2c1GhiwT81BU6QuJEX08zn3Hry1ygC
IQCnkXom/w6t/LYNdUVdcEf+IfWNNZINyp8yGR+KbPLAKQ==
-----END CERTIFICATE-----`;
const SSL_REQUEST = '0000000804d2162f';

describe('connections', () => {
  let source: EmptyDatabase;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    source = await emptyDatabase('CREATE TABLE t (x int)');
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  afterAll(() => source?.close());

  const listen = async (answer: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      answer(socket);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as AddressInfo).port;
  };
  /** PostgreSQL behind TLS, which the embedded one has no certificate for. */
  const listenWithTls = () =>
    listen((socket) => {
      socket.once('data', (first) => {
        const { port } = parseSourceUrl(source.url);
        const upstream = connect(port, '127.0.0.1').on('error', () => undefined);
        sockets.add(upstream);
        if (first.toString('hex') !== SSL_REQUEST) return socket.destroy();
        socket.write('S');
        const secure = new TLSSocket(socket, { isServer: true, key: KEY, cert: CERTIFICATE }).on(
          'error',
          () => undefined,
        );
        secure.pipe(upstream);
        upstream.pipe(secure);
      });
    });
  const targetAt = (port: number) => ({ ...parseSourceUrl(source.url), port });

  it('settles on plain text when the server says that it cannot encrypt', async () => {
    const { client, target } = await connectSettling(parseSourceUrl(source.url), { allowPrivate: true });

    expect(target.ssl).toBe('disable');
    expect(client.serverMajor).toBeGreaterThanOrEqual(13);
    expect(client.isSuperuser).toBe(false);
    client.destroy();
  });

  it('settles on encryption when the server can', async () => {
    const { client, target } = await connectSettling(targetAt(await listenWithTls()), { allowPrivate: true });

    expect(target.ssl).toBe('require');
    expect(await client.ask('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    client.destroy();
  });

  it('does not fall back to plain text when encryption was asked for', async () => {
    const target = { ...parseSourceUrl(source.url), ssl: 'require' as const };

    await expect(connectSettling(target, { allowPrivate: true })).rejects.toMatchObject({
      code: 'data-source-unreachable',
      message: expect.stringContaining('TLS'),
    });
  });

  it.each(['verify-ca', 'verify-full'] as const)(
    'refuses a certificate that nobody vouches for under %s',
    async (ssl) => {
      const target = { ...targetAt(await listenWithTls()), ssl };

      await expect(connectSettling(target, { allowPrivate: true })).rejects.toMatchObject({
        code: 'data-source-unreachable',
        message: expect.stringContaining('CERT'),
      });
    },
  );

  it('gives up on a server that accepts and stays silent', async () => {
    const target = targetAt(await listen(() => undefined));

    await expect(connectSettling(target, { allowPrivate: true }, 100)).rejects.toMatchObject({
      code: 'data-source-unreachable',
      message: expect.stringContaining('in time'),
    });
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\0\0\0\0\0\0\0\0\0\0', 'N', 'R\0\0\0\x08\0\0\0\x63'])(
    'gives up on a server that answers %j',
    async (answer) => {
      const target = targetAt(await listen((socket) => socket.on('data', () => socket.write(answer))));

      await expect(connectSettling(target, { allowPrivate: true }, 300)).rejects.toMatchObject({
        code: 'data-source-unreachable',
      });
    },
  );

  it('survives a server that asks for Kerberos, or sends what no server should', async () => {
    const kerberos = targetAt(await listen((socket) => socket.on('data', () => socket.write('R\0\0\0\x08\0\0\0\x07'))));
    await expect(connectSettling({ ...kerberos, ssl: 'disable' }, { allowPrivate: true })).rejects.toThrow('Kerberos');

    const broken = targetAt(await listen((socket) => socket.on('data', () => socket.write('D\0\0\0\x06\0\x09'))));
    await expect(connectSettling({ ...broken, ssl: 'disable' }, { allowPrivate: true })).rejects.toThrow(
      'does not answer as PostgreSQL does',
    );
  });

  it('gives up on a server that falls silent later', async () => {
    const port = await listen((socket) => {
      const upstream = connect(parseSourceUrl(source.url).port, '127.0.0.1').on('error', () => undefined);
      sockets.add(upstream);
      socket.on('data', (chunk: Buffer) => chunk.includes('silence') || upstream.write(chunk));
      upstream.pipe(socket);
    });
    const { client } = await connectSettling(targetAt(port), { allowPrivate: true });

    await expect(client.say(`SELECT 'silence'`, 100)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(client.isUsable).toBe(false);
  });

  describe('behind TLS', () => {
    let memori: TestDatabase;

    beforeAll(async () => {
      memori = await testDatabase();
    });

    afterAll(() => memori?.close());

    it('counts the bytes of a result and cancels as without', async () => {
      const env = Object.assign(new Env(), { MEMORI_MAX_RESULT_BYTES: 100_000 });
      const { dataSources, executor, connections } = assembleDataSources(
        memori.database,
        new Vault(randomBytes(32)),
        env,
      );
      const url = source.url.replace(/:\d+\//, `:${await listenWithTls()}/`);
      const { id, ssl } = await dataSources.create(ADMIN, { name: 'tls', dialect: 'postgresql', url });
      const record = await dataSources.resolve(ADMIN, id);
      const controller = new AbortController();

      expect(ssl).toBe('require');
      await expect(executor.run(record, `SELECT repeat('x', 10000000)`, { maxRows: 1 })).rejects.toMatchObject({
        code: 'result-too-large',
      });
      setImmediate(() => controller.abort());
      await expect(
        executor.run(record, 'SELECT pg_sleep(60)', { maxRows: 1, signal: controller.signal }),
      ).rejects.toMatchObject({ code: 'cancelled' });
      expect((await executor.run(record, 'SELECT 1', { maxRows: 1 })).rows).toEqual(['[1]']);
      await connections.onApplicationShutdown();
    });
  });
});
