import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { type Eraser, Erasers, type Erasure } from '@memori/privacy';

const ERASE = `DELETE FROM memori.background_requests
  WHERE tenant_id = $1 AND user_id = $2 AND ($3 OR session_id = ANY ($4)) RETURNING 1`;

/** Work that waits for the model holds prompts. A reply that comes for one that is gone is dropped; its cost is charged. */
@Injectable()
export class BackgroundEraser implements Eraser {
  readonly holder = 'llm';
  readonly erases = ['background_requests'];
  readonly keeps = {};

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  async erase(tx: Tx, { scope, tenantId, userId, sessionIds }: Erasure) {
    const gone = await tx.query(ERASE, [tenantId, userId, scope === 'user', sessionIds]);
    return { backgroundRequests: gone.length };
  }
}
