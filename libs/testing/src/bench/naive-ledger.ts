import type { Database } from '@memori/database';

/**
 * What most gateways do: look whether the limit has room, make the call, then add what it cost. Between the look and the
 * addition everybody else looks too.
 */
export class NaiveLedger {
  constructor(private readonly database: Database) {}

  async prepare(limit: number): Promise<void> {
    await this.database.call('TRUNCATE bench.naive');
    await this.database.call("INSERT INTO bench.naive SELECT 'user-' || n, 0, $1 FROM generate_series(0, 999) n", [
      limit,
    ]);
  }

  /** False: the limit is used up. `call` is what happens between the look and the addition. */
  async pair(user: string, tokens: number, call: () => Promise<void>): Promise<boolean> {
    const [row] = await this.database.call<{ fits: boolean }>(
      'SELECT spent + $2 <= most AS fits FROM bench.naive WHERE user_id = $1',
      [user, tokens],
    );
    if (!row?.fits) return false;
    await call();
    await this.database.call('UPDATE bench.naive SET spent = spent + $2 WHERE user_id = $1', [user, tokens]);
    return true;
  }

  async overspent(): Promise<number> {
    const [row] = await this.database.call<{ over: number }>(
      'SELECT coalesce(sum(greatest(0, spent - most)), 0)::float8 AS over FROM bench.naive',
    );
    return row?.over ?? 0;
  }
}
