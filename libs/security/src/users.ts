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

  /** With the keys made for him. False: he was not known. Inside a transaction of the caller's, in the tenant's scope. */
  async remove(tx: Tx, tenantId: string, userId: string): Promise<boolean> {
    const gone = await tx.query('DELETE FROM memori.users WHERE tenant_id = $1 AND id = $2 RETURNING 1', [
      tenantId,
      userId,
    ]);
    return gone.length > 0;
  }

  /** On its own, in one round trip; writes only what is not there yet. */
  async welcome(tenantId: string, userId: string): Promise<void> {
    await this.database.call('SELECT memori.ensure_user($1, $2)', [tenantId, userId]);
  }
}
