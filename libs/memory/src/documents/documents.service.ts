import { Injectable } from '@nestjs/common';
import { Database, type DbScope, type Tx } from '@memori/database';
import { NotFoundError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { DEFAULT_NAMESPACE, isId, newId, type Principal, userScopeOf } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, pageOf, type PageRequest, requireRole } from '@memori/security';
import { MemoryRepository } from '../memory.repository';
import { checkDocument, type PreparedDocument, prepareDocument } from './document-input';
import type { DocumentInput, DocumentOutcome, DocumentRecord } from './document.types';
import { type DocumentPlace, DocumentRepository, type StoredDocument } from './documents.repository';

/** A deadlock with an erasure is met by starting again. */
const RETRIED = { retryConflicts: 3 };

/** Documents as memories: cut into passages, which are found and weighed like all that is kept, and replaced as a whole. */
@Injectable()
export class Documents {
  constructor(
    private readonly database: Database,
    private readonly repository: DocumentRepository,
    private readonly memories: MemoryRepository,
    private readonly audit: Audit,
  ) {}

  /** The same again changes nothing. What comes under a known `externalId` takes the place of what was there. */
  async put(principal: Principal, input: DocumentInput): Promise<DocumentOutcome> {
    checkDocument(input);
    requireRole(principal, input.scope === 'tenant' ? 'curator' : 'member');
    // Before the transaction: no lock is held while a large document is cut into tokens.
    const document = await prepareDocument(input);
    const place = placeOf(principal, input);
    return this.database.transaction(writeScope(place), (tx) => this.keep(tx, principal, place, document), RETRIED);
  }

  /** The same inside the caller's transaction, of a document that was checked and prepared. */
  async keep(tx: Tx, principal: Principal, place: DocumentPlace, document: PreparedDocument): Promise<DocumentOutcome> {
    const seen = await this.repository.findByKey(tx, place, document.key);
    if (seen && isSame(seen, document)) return unchanged(seen);
    let scopeVersion = await this.memories.touch(tx, place.tenantId, place, seen !== undefined);
    // Under the lock: somebody else may have sent it in the meantime.
    const before = await this.repository.findByKey(tx, place, document.key);
    if (before && isSame(before, document)) return unchanged(before);
    if (before && !seen) scopeVersion = await this.memories.touch(tx, place.tenantId, place, true);
    const id = before?.id ?? newId();
    if (before) await this.repository.replace(tx, id, place, document);
    else await this.repository.insert(tx, id, place, document, principal.userId);
    const corrects = before?.contentHash === document.contentHash;
    const facts = { scopeVersion, author: principal.userId, corrects };
    const counts = await this.repository.keepPassages(tx, id, place, document.passages, facts);
    await this.record(tx, principal, before ? 'document.change' : 'document.add', id, counts);
    const now = await this.repository.findByKey(tx, place, document.key);
    if (!now) throw new Error('A document that was written is gone');
    return { ...viewOf(now), outcome: before ? 'changed' : 'created', ...counts };
  }

  async get(principal: Principal, id: string): Promise<DocumentRecord> {
    return viewOf(await this.stored(principal, id));
  }

  async list(principal: Principal, page: PageRequest & { readonly namespace?: string }): Promise<Page<DocumentRecord>> {
    const before = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const found = await this.repository.list(userScopeOf(principal), page.namespace ?? null, before, page.limit + 1);
    return pageOf(found.map(viewOf), page.limit, ({ id }) => id);
  }

  /** With all memories that it became. */
  async delete(principal: Principal, id: string): Promise<void> {
    const document = await this.stored(principal, id);
    requireRole(principal, document.scope === 'tenant' ? 'curator' : 'member');
    const place = { tenantId: principal.tenantId, userId: document.userId, namespace: document.namespace };
    await this.database.transaction(
      writeScope(place),
      async (tx) => {
        await this.memories.touch(tx, place.tenantId, place, true);
        await this.repository.delete(tx, place, id);
        await this.record(tx, principal, 'document.delete', id, { ended: document.passages });
      },
      RETRIED,
    );
  }

  private async stored(principal: Principal, id: string): Promise<StoredDocument> {
    const document = isId(id) ? await this.repository.find(userScopeOf(principal), id) : undefined;
    if (!document) throw new NotFoundError('document', id);
    return document;
  }

  private record(
    tx: Tx,
    principal: Principal,
    action: string,
    subjectId: string,
    details: Record<string, number>,
  ): Promise<void> {
    const requestId = RequestContext.current()?.requestId;
    return this.audit.record(tx, { principal, action, subjectType: 'document', subjectId, requestId, details });
  }
}

export function placeOf(principal: Principal, { scope, namespace }: DocumentInput): DocumentPlace {
  const { tenantId, userId } = principal;
  if (scope === 'tenant') return { tenantId, userId: null, namespace: namespace ?? null };
  return { tenantId, userId, namespace: namespace ?? DEFAULT_NAMESPACE };
}

/** What belongs to the whole tenant is written by the tenant's own scope, which no user has by himself. */
function writeScope({ tenantId, userId }: DocumentPlace): DbScope {
  return userId === null ? { tenantId } : { tenantId, userId };
}

function isSame(stored: StoredDocument, document: PreparedDocument): boolean {
  return (
    stored.contentHash === document.contentHash &&
    stored.title === document.title &&
    stored.source === document.source &&
    stored.category === document.category &&
    // As the column keeps them: in single precision.
    Math.fround(stored.importance) === Math.fround(document.importance) &&
    Math.fround(stored.trust) === Math.fround(document.trust) &&
    (stored.occurredAt === null ? null : Date.parse(stored.occurredAt)) === (document.occurredAt?.getTime() ?? null)
  );
}

function unchanged(document: StoredDocument): DocumentOutcome {
  return { ...viewOf(document), outcome: 'unchanged', added: 0, kept: document.passages, ended: 0 };
}

/** Each field that leaves this lib. */
function viewOf({ contentHash: _, ...document }: StoredDocument): DocumentRecord {
  return document;
}
