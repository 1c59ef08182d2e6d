import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { GuardedSocket } from './guarded-socket';
import { type SourceClient, tlsOptions } from './source-client';
import { isSocketDirectory } from './source-url';

const CANCEL_CODE = 80877102;
const SSL_CODE = 80877103;
const TIMEOUT_MS = 3000;

/**
 * Asks the server to stop what a connection runs, over a connection of its own as PostgreSQL wants it. Needs no free
 * connection of the pool and no right of the role, and works through poolers. Never fails: who calls it has a second
 * means, which is to drop the connection.
 */
export async function cancelStatement(client: SourceClient): Promise<void> {
  const ticket = client.cancelTicket();
  if (!ticket) return;
  // It may arrive when the statement has ended: then it must not hit the next one of the same connection.
  client.retire();
  const { target, policy } = ticket;
  const socket = new GuardedSocket(policy);
  socket.on('error', () => undefined);
  const deadline = setTimeout(() => socket.destroy(), TIMEOUT_MS).unref();
  try {
    if (isSocketDirectory(target.host)) socket.connect(`${target.host}/.s.PGSQL.${target.port}`);
    else socket.connect(target.port, target.host);
    await once(socket, 'connect');
    const line = target.ssl === 'disable' ? socket : await encrypted(socket, ticket);
    line.end(cancelMessage(ticket.processId, ticket.secretKey));
    await once(line, 'close');
  } catch {
    // The server closes the connection without an answer; it may also do so abruptly.
  } finally {
    clearTimeout(deadline);
    socket.destroy();
  }
}

async function encrypted(
  socket: GuardedSocket,
  { target }: NonNullable<ReturnType<SourceClient['cancelTicket']>>,
): Promise<Duplex> {
  socket.write(message(SSL_CODE));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer[0] !== 'S'.charCodeAt(0)) throw new Error('no TLS');
  const options = tlsOptions(target.ssl);
  const servername = isIP(target.host) === 0 ? target.host : undefined;
  const line = connectTls({ ...(typeof options === 'object' && options), socket, host: target.host, servername });
  await once(line, 'secureConnect');
  return line;
}

function cancelMessage(processId: number, secretKey: number): Buffer {
  return message(CANCEL_CODE, processId, secretKey);
}

function message(...words: number[]): Buffer {
  const bytes = Buffer.alloc(4 + words.length * 4);
  [bytes.length, ...words].forEach((word, index) => bytes.writeInt32BE(word | 0, index * 4));
  return bytes;
}

function once(stream: Duplex, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    stream.once(event, (...values: unknown[]) => resolve(values));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('closed')));
  });
}
