import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { type Eraser, Erasers, type Erasure } from '@memori/privacy';

/** Who somebody is stays until an administrator deletes him; what his creations were answered goes with them. */
@Injectable()
export class SecurityEraser implements Eraser {
  readonly holder = 'security';
  readonly erases = ['reply_keys'];
  readonly keeps = {
    users: 'the id of the user, until an administrator deletes him',
    api_keys: 'keys, until an administrator withdraws them',
    audit_log: 'ids and counts in the audit log',
  };

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  /** Those of a session and of memories go with these, by triggers. */
  async erase(tx: Tx, { scope, tenantId, userId }: Erasure): Promise<Record<string, number>> {
    if (scope !== 'user') return {};
    const gone = await tx.query('DELETE FROM memori.reply_keys WHERE tenant_id = $1 AND user_id = $2 RETURNING 1', [
      tenantId,
      userId,
    ]);
    return { replies: gone.length };
  }
}
