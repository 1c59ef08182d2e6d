import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { type Eraser, Erasers, type Erasure } from '@memori/privacy';

const ERASE = `DELETE FROM memori.events
  WHERE tenant_id = $1 AND (($3 AND user_id = $2) OR (data->>'scope' = 'session' AND data->>'scopeId' = ANY ($4))) RETURNING 1`;

/** Amounts are the books and stay, with ids and without a word of what was asked; what was told of somebody goes. */
@Injectable()
export class BudgetEraser implements Eraser {
  readonly holder = 'budget';
  readonly erases = ['events'];
  readonly keeps = {
    journal: 'amounts in the ledger',
    accounts: 'amounts in the ledger',
    attempts: 'amounts in the ledger',
    holds: 'amounts in the ledger',
    limits: 'limits that an administrator has set',
  };

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  /** Deliveries to webhooks go with their events. */
  async erase(tx: Tx, { scope, tenantId, userId, sessionIds }: Erasure) {
    const gone = await tx.query(ERASE, [tenantId, userId, scope === 'user', sessionIds]);
    return { events: gone.length };
  }
}
