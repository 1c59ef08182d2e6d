import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

const READY_FOR_QUERY = 0x5a; // 'Z'

/**
 * Passes PostgreSQL's protocol through and counts how often a client waited for the server: statements that are sent
 * together count once. Measured on the wire, so that no connection is forgotten.
 */
export class CountingProxy {
  roundTrips = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(target: { host: string; port: number }): Promise<CountingProxy> {
    const server = createServer();
    const proxy = new CountingProxy(server);
    server.on('connection', (client) => proxy.pass(client, connect(target)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private pass(client: Socket, server: Socket): void {
    let isWaiting = false;
    const answers = new MessageTypes((type) => {
      if (type === READY_FOR_QUERY) isWaiting = false;
    });
    client.on('data', (chunk) => {
      if (!isWaiting) this.roundTrips++;
      isWaiting = true;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      answers.read(chunk);
      client.write(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
    }
  }
}

/** Finds the types of the server's messages in its stream: one byte of type, four of length, the rest is skipped. */
class MessageTypes {
  private head = Buffer.alloc(0);
  private skip = 0;

  constructor(private readonly seen: (type: number) => void) {}

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const skipped = Math.min(this.skip, rest.length);
      this.skip -= skipped;
      rest = rest.subarray(skipped);
      const missing = 5 - this.head.length;
      this.head = Buffer.concat([this.head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.head.length < 5) return;
      this.seen(this.head.readUInt8(0));
      this.skip = this.head.readUInt32BE(1) - 4;
      this.head = Buffer.alloc(0);
    }
  }
}
