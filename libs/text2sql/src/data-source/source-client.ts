import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig, type Connection, type QueryResult, type Submittable } from 'pg';
import type { SslMode } from './data-source.record';
import { GuardedSocket, type AddressPolicy } from './guarded-socket';
import type { SourceTarget } from './source-url';

export const CONNECT_TIMEOUT_MS = 10_000;
/** For the short statements of our own, which a healthy server answers at once. */
const SAY_TIMEOUT_MS = 15_000;
const ASK_TIMEOUT_MS = 90_000;

/** A target whose way of encryption is settled. */
export type SettledTarget = SourceTarget & { ssl: SslMode };

/** What `pg` keeps about a live connection and its types leave out. */
interface LiveParts {
  readonly connection: Connection & { stream: Duplex; attachListeners(stream: Duplex): void };
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/** One connection to a data source. Knows the server's version and whether its role is a superuser. */
export class SourceClient extends Client {
  private readonly parameters = new Map<string, string>();
  private isRetired = false;

  constructor(
    private readonly target: SettledTarget,
    private readonly policy: AddressPolicy,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
  ) {
    super(configOf(target, policy, connectTimeoutMs));
    this.live.connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) =>
      this.parameters.set(message.parameterName, message.parameterValue),
    );
    refuseMalformed(this.live.connection);
    // A connection that breaks while nobody waits for an answer must not end the process.
    this.on('error', () => undefined);
  }

  /** As the server prints it: `15.4 (Debian …)`. */
  get serverVersion(): string {
    return this.parameters.get('server_version') ?? '';
  }

  get serverMajor(): number {
    return Number.parseInt(this.serverVersion, 10) || 0;
  }

  get isSuperuser(): boolean {
    return this.parameters.get('is_superuser') === 'on';
  }

  get hasNoEncoding(): boolean {
    return this.parameters.get('server_encoding') === 'SQL_ASCII';
  }

  /** False once the connection is broken, or must not serve another statement. */
  get isUsable(): boolean {
    return !this.isRetired && this.live.connection.stream.writable;
  }

  retire(): void {
    this.isRetired = true;
  }

  /**
   * Sends statements of our own as one message, and takes one result for each. A server that stays silent is given up:
   * its own timeouts do not help when it is the network that is gone.
   */
  async say<R extends object = Record<string, unknown>>(sql: string, timeoutMs = SAY_TIMEOUT_MS): Promise<R[][]> {
    const answer: unknown = await this.within(timeoutMs, () => this.query(sql));
    return (Array.isArray(answer) ? answer : [answer]).map((result: QueryResult<R>) => result.rows);
  }

  /**
   * Sends `sql` and `query` in one flight: `pg` would wait for the answer to the first. Settles as `say` does; what
   * becomes of the query is the query's to tell.
   */
  async sayWith(sql: string, query: Submittable & { write(connection: unknown): void }): Promise<void> {
    const { stream } = this.live.connection;
    stream.cork();
    const said = this.say(sql);
    this.query(query);
    query.write(this.live.connection);
    stream.uncork();
    await said;
  }

  /** One statement of our own with bound values. */
  async ask<R extends object>(sql: string, values: unknown[] = [], timeoutMs = ASK_TIMEOUT_MS): Promise<R[]> {
    return this.within(timeoutMs, async () => (await this.query<R>(sql, values)).rows);
  }

  /** Drops the connection when the server sends more: a catalogue of any sane size is far below. */
  capBytes(maxBytes: number, error: Error): void {
    let bytes = 0;
    this.live.connection.stream.prependListener('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) this.destroy(error);
    });
  }

  /** Ends the connection at once; whoever waits for an answer gets `error`. */
  destroy(error?: Error): void {
    this.live.connection.stream.destroy(error);
  }

  /** What a cancel request must name, and where it must go. */
  cancelTicket(): { processId: number; secretKey: number; target: SettledTarget; policy: AddressPolicy } | undefined {
    const { processID, secretKey } = this.live;
    if (processID === null || secretKey === null) return undefined;
    return { processId: processID, secretKey, target: this.target, policy: this.policy };
  }

  private async within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const silent = Object.assign(new Error('timeout expired'), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => this.destroy(silent), timeoutMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  private get live(): LiveParts {
    return this as unknown as LiveParts;
  }
}

/**
 * The parser of `pg` throws at a message that it does not know, inside of the socket's event, where nobody could catch
 * it: a server that asks for Kerberos, or no PostgreSQL at all, would end the process. Here it ends the connection.
 */
function refuseMalformed(connection: LiveParts['connection']): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    for (const parse of stream.listeners('data') as ((chunk: Buffer) => void)[]) {
      stream.off('data', parse).on('data', (chunk: Buffer) => {
        try {
          parse(chunk);
        } catch (error) {
          stream.destroy(malformed(error));
        }
      });
    }
  };
}

function malformed(cause: unknown): Error {
  const asksForOtherLogin = cause instanceof Error && cause.message.includes('authentication');
  return Object.assign(new Error('malformed message', { cause }), { code: asksForOtherLogin ? 'EAUTH' : 'EPROTO' });
}

/** Every setting is given: what is left out `pg` would take from PG… variables of the environment. */
function configOf(target: SettledTarget, policy: AddressPolicy, connectTimeoutMs: number): ClientConfig {
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.username,
    // A function, so that an empty password stays empty and is not looked for in ~/.pgpass.
    password: () => target.password,
    ssl: tlsOptions(target.ssl),
    stream: () => new GuardedSocket(policy),
    application_name: 'memori',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** `verify-ca` checks who signed the certificate, `verify-full` also for which host. */
export function tlsOptions(mode: SslMode): boolean | ConnectionOptions {
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { rejectUnauthorized: true };
  }
}
