import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';

/** Users come into being when somebody first speaks for them. */
@Injectable()
export class Users {
  constructor(private readonly database: Database) {}

  /** Inside a transaction of the caller's. */
  async ensure(tx: Tx, tenantId: string, userId: string): Promise<void> {
    await tx.query('INSERT INTO memori.users (tenant_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      tenantId,
      userId,
    ]);
  }

  /** On its own, in one round trip; writes only what is not there yet. */
  async welcome(tenantId: string, userId: string): Promise<void> {
    await this.database.call('SELECT memori.ensure_user($1, $2)', [tenantId, userId]);
  }
}
