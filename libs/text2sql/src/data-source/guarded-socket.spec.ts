import type { LookupAddress } from 'node:dns';
import { createServer, type AddressInfo } from 'node:net';
import { GuardedSocket, hostFault, type AddressPolicy } from './guarded-socket';

const OPEN: AddressPolicy = { allowPrivate: true };
const CLOSED: AddressPolicy = { allowPrivate: false };

describe('hostFault', () => {
  it.each(['169.254.169.254', 'fe80::1', '0.0.0.0', '::', 'metadata.google.internal', '/tmp/socket'])(
    'refuses %s always',
    (host) => {
      expect(hostFault(host, OPEN)).toMatchObject({ code: 'data-source-address' });
    },
  );

  it.each(['10.0.0.1', '127.0.0.1', '::1', '::ffff:192.168.0.1'])(
    'refuses %s where only public addresses are allowed',
    (host) => {
      expect(hostFault(host, CLOSED)).toMatchObject({ code: 'data-source-address' });
      expect(hostFault(host, OPEN)).toBeUndefined();
    },
  );

  it('lets a unix socket through for what Memori made itself', () => {
    expect(hostFault('/tmp/socket', { ...OPEN, allowSocket: true })).toBeUndefined();
  });
});

describe('GuardedSocket', () => {
  const answers = (...addresses: string[]) => ({
    resolve: async (): Promise<LookupAddress[]> =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  const failureOf = (policy: AddressPolicy, host = 'db.example.com', port = 1) =>
    new Promise<unknown>((resolve) => {
      const socket = new GuardedSocket(policy).connect(port, host);
      socket.on('error', resolve).on('connect', () => socket.destroy(new Error('connected')));
    });

  it('refuses a name that resolves to a forbidden address, among good ones too', async () => {
    expect(await failureOf({ ...OPEN, ...answers('169.254.169.254') })).toMatchObject({ code: 'data-source-address' });
    expect(await failureOf({ ...OPEN, ...answers('127.0.0.1', '169.254.169.254') })).toMatchObject({
      code: 'data-source-address',
    });
    expect(await failureOf({ ...CLOSED, ...answers('8.8.8.8', '10.0.0.1') })).toMatchObject({
      code: 'data-source-address',
    });
  });

  it('refuses an address before it is tried', async () => {
    expect(await failureOf(OPEN, '169.254.169.254')).toMatchObject({ code: 'data-source-address' });
  });

  it('asks once, and connects to the address that it checked', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    // A name server that lies at the second question.
    const resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 }];

    expect(await failureOf({ ...OPEN, resolve }, 'rebind.example.com', port)).toEqual(new Error('connected'));

    expect(asked).toBe(1);
    await new Promise((done) => server.close(done));
  });

  it('reports a name that does not resolve', async () => {
    expect(await failureOf({ ...OPEN, ...answers() })).toMatchObject({ code: 'ENOTFOUND' });
  });
});
