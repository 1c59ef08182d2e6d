import { escapeLiteral } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { managerOn } from './bound-query-runner';
import type { DbScope } from './db-scope';
import type { PipelinedClient } from './pipelined-client';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface TransactionOptions {
  /** False: the commit does not wait for the disk. For what may be lost in a crash: leases, progress. */
  readonly durable?: boolean;
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** Runs the work again when it met a deadlock or a serialization failure. Only for work without effects elsewhere. */
  readonly retryConflicts?: number;
}

/** An open transaction with its scope set. */
export interface Tx {
  query<R = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<R[]>;
  /** TypeORM's view of the same transaction, for repositories and entities. */
  readonly manager: EntityManager;
}

/** The transaction's side of the connection: statements in order, an EntityManager only when somebody asks for it. */
export class ScopedTransaction implements Tx {
  private entityManager?: EntityManager;
  private isOver = false;

  constructor(
    private readonly client: PipelinedClient,
    private readonly dataSource: DataSource,
  ) {}

  async query<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    if (this.isOver) throw new Error('This transaction is over; a statement was sent after its work had ended.');
    const result = await this.client.send(sql, params);
    return result.rows as R[];
  }

  get manager(): EntityManager {
    return (this.entityManager ??= managerOn(this.dataSource, this.client));
  }

  /** From here on a forgotten, unawaited statement fails instead of landing in somebody else's transaction. */
  close(): void {
    this.isOver = true;
  }
}

/** BEGIN and scope as one simple-protocol message, so that they cost no round trip of their own. */
export function beginStatement(scope: DbScope, options: TransactionOptions): string {
  const isolation = options.isolation ? ` ISOLATION LEVEL ${options.isolation}` : '';
  const access = options.readOnly ? ' READ ONLY' : '';
  const parts = [`BEGIN${isolation}${access}`, scopeStatement(scope)];
  if (options.durable === false) parts.push('SET LOCAL synchronous_commit = off');
  return parts.join(';');
}

function scopeStatement(scope: DbScope): string {
  const tenant = literal(scope.tenantId);
  const user = literal(scope.userId ?? '*');
  return `SELECT set_config('memori.tenant_id',${tenant},true),set_config('memori.user_id',${user},true)`;
}

function literal(text: string): string {
  // A simple-protocol message ends at the first NUL: what follows would never reach the server.
  if (text.includes('\0')) throw new Error('A tenant or user id holds a NUL character.');
  return escapeLiteral(text);
}
