import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { type Eraser, Erasers, type Erasure } from '@memori/privacy';
import { ForgettingRepository } from './forgetting.repository';

/** What was said and what is remembered of it go together: a memory whose every turn is gone has no source any more. */
@Injectable()
export class MemoryEraser implements Eraser {
  readonly holder = 'memory';
  readonly erases = [
    ...['sessions', 'session_summaries', 'turns', 'recalled', 'corrections'],
    ...['memories', 'memory_history', 'memory_vectors', 'vector_work', 'namespaces', 'documents'],
  ];
  readonly keeps = { memory_settings: 'how the tenant wants its memory to work' };
  readonly goesLast = true;

  constructor(
    erasers: Erasers,
    private readonly repository: ForgettingRepository,
  ) {
    erasers.add(this);
  }

  async erase(tx: Tx, { scope, tenantId, userId, namespace, sessionIds }: Erasure) {
    const sessionId = scope === 'session' ? (sessionIds[0] ?? null) : null;
    return { ...(await this.repository.erase(tx, { tenantId, userId }, { sessionId, namespace })) };
  }
}
