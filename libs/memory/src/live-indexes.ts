import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import { RecallRepository } from './recall.repository';
import { ScopeIndex } from './scope-index';

/** Postings (a word in a passage) that all indexes of a process hold together; some 20 bytes each. */
const MAX_POSTINGS = 8_000_000;

/** The user id under which the memories of a whole tenant are filed. */
export const WHOLE_TENANT = '';

/**
 * Indexes in use, least recently used out first. Each is compared with the version of its namespace at every read, in
 * the statement that brings what was added since; a change or an erasure, by whichever process, builds it anew.
 */
@Injectable()
export class LiveIndexes {
  private readonly indexes = new LRUCache<string, ScopeIndex>({
    maxSize: MAX_POSTINGS,
    sizeCalculation: (index) => index.postingCount + 1,
  });

  constructor(private readonly repository: RecallRepository) {}

  /** The index of a namespace as it stands now, in one round trip. */
  async current(tx: Tx, scope: UserScope, namespace: string): Promise<ScopeIndex> {
    const key = JSON.stringify([scope.tenantId, scope.userId, namespace]);
    const known = this.indexes.get(key);
    const since = known?.version ?? 0;
    const changes = await this.repository.changes(tx, scope, namespace, since);
    if (!changes) {
      this.indexes.delete(key);
      return new ScopeIndex();
    }
    // Another search may have brought the same index further while this one waited: then start over from there.
    if (!changes.isRebuild && known && known.version !== since) return this.current(tx, scope, namespace);
    const index = changes.isRebuild || !known ? new ScopeIndex() : known;
    changes.items.forEach((item) => index.add(item));
    index.version = changes.version;
    // Taken out first: setting the same object again would not measure it again.
    this.indexes.delete(key);
    this.indexes.set(key, index);
    return index;
  }

  /** An isolated session is small and seldom searched: its index is made for the occasion. */
  async isolated(tx: Tx, scope: UserScope, sessionId: string): Promise<ScopeIndex> {
    const index = new ScopeIndex();
    for (const item of await this.repository.isolated(tx, scope, sessionId)) index.add(item);
    return index;
  }
}
