import { cancelStatement } from '../data-source/cancel-request';
import type { SourceClient } from '../data-source/source-client';
import { SqlCancelledError, SqlTimeoutError } from './execution.errors';

/** Beyond the server's own timeout, for the way there and back, before the connection is dropped. */
const GRACE_MS = 2000;

export interface StatementWatch {
  readonly statementTimeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Waits for a statement, and stops it when `signal` aborts or the server does not keep its own timeout: first by a
 * cancel request, then by dropping the connection, so that nobody waits for ever on a server that went silent.
 */
export async function watchStatement<T>(client: SourceClient, running: Promise<T>, watch: StatementWatch): Promise<T> {
  let drop: NodeJS.Timeout | undefined;
  const stop = (error: Error) => {
    drop ??= setTimeout(() => client.destroy(error), GRACE_MS);
    void cancelStatement(client);
  };
  const onAbort = () => stop(new SqlCancelledError());
  const overdue = setTimeout(
    () => stop(new SqlTimeoutError(watch.statementTimeoutMs)),
    watch.statementTimeoutMs + GRACE_MS,
  );
  watch.signal?.addEventListener('abort', onAbort, { once: true });
  if (watch.signal?.aborted) onAbort();
  try {
    return await running;
  } finally {
    clearTimeout(overdue);
    clearTimeout(drop);
    watch.signal?.removeEventListener('abort', onAbort);
  }
}
