import { Injectable } from '@nestjs/common';
import { Database, readSql, type Tx } from '@memori/database';
import { newId, type UserScope } from '@memori/scope';
import type { PreparedDocument, PreparedPassage } from './document-input';
import type { DocumentRecord } from './document.types';

const KEEP = readSql(__dirname, 'documents-keep.sql');

/** Whose a document is. Null for the user: the whole tenant's, and the namespace may be null then too. */
export interface DocumentPlace {
  readonly tenantId: string;
  readonly userId: string | null;
  readonly namespace: string | null;
}

/** A document with what it is compared by. */
export interface StoredDocument extends DocumentRecord {
  readonly contentHash: string;
}

type DocumentRow = Omit<StoredDocument, 'occurredAt' | 'createdAt' | 'updatedAt'> & {
  readonly occurredAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const COLUMNS = `d.id, CASE WHEN d.user_id IS NULL THEN 'tenant' ELSE 'user' END AS scope, d.user_id AS "userId", d.namespace,
  d.external_id AS "externalId", d.title, d.source, d.format, d.category, d.importance, d.trust, d.occurred_at AS "occurredAt",
  d.version, d.created_at AS "createdAt", d.updated_at AS "updatedAt", d.content_hash AS "contentHash",
  (SELECT count(*)::int FROM memori.memories m WHERE m.document_id = d.id AND m.tenant_id = d.tenant_id
    AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp())) AS passages`;

/** Documents in PostgreSQL. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class DocumentRepository {
  constructor(private readonly database: Database) {}

  async findByKey(tx: Tx, place: DocumentPlace, key: string): Promise<StoredDocument | undefined> {
    const [row] = await tx.query<DocumentRow & Record<string, unknown>>(
      `SELECT ${COLUMNS} FROM memori.documents d
       WHERE d.tenant_id = $1 AND coalesce(d.user_id, '') = $2 AND coalesce(d.namespace, '') = $3 AND d.key = $4`,
      [place.tenantId, place.userId ?? '', place.namespace ?? '', key],
    );
    return row && toRecord(row);
  }

  /** The user's own and the whole tenant's. */
  async find({ tenantId, userId }: UserScope, id: string): Promise<StoredDocument | undefined> {
    const [row] = await this.database.query<DocumentRow & Record<string, unknown>>(
      { tenantId, userId },
      `SELECT ${COLUMNS} FROM memori.documents d
       WHERE d.tenant_id = $1 AND (d.user_id = $2 OR d.user_id IS NULL) AND d.id = $3`,
      [tenantId, userId, id],
    );
    return row && toRecord(row);
  }

  /** The newest first. */
  async list(
    { tenantId, userId }: UserScope,
    namespace: string | null,
    before: string | null,
    limit: number,
  ): Promise<StoredDocument[]> {
    const rows = await this.database.query<DocumentRow & Record<string, unknown>>(
      { tenantId, userId },
      `SELECT ${COLUMNS} FROM memori.documents d
       WHERE d.tenant_id = $1 AND (d.user_id = $2 OR d.user_id IS NULL) AND ($3::text IS NULL OR d.namespace = $3)
         AND ($4::uuid IS NULL OR d.id < $4) ORDER BY d.id DESC LIMIT $5`,
      [tenantId, userId, namespace, before, limit],
    );
    return rows.map(toRecord);
  }

  async insert(tx: Tx, id: string, place: DocumentPlace, document: PreparedDocument, author: string): Promise<void> {
    await tx.query(
      `INSERT INTO memori.documents (id, tenant_id, user_id, namespace, key, external_id, title, source, format, category,
         importance, trust, occurred_at, content_hash, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [id, place.tenantId, place.userId, place.namespace, document.key, ...fieldsOf(document), author],
    );
  }

  async replace(tx: Tx, id: string, place: DocumentPlace, document: PreparedDocument): Promise<void> {
    await tx.query(
      `UPDATE memori.documents SET external_id = $3, title = $4, source = $5, format = $6, category = $7, importance = $8,
         trust = $9, occurred_at = $10, content_hash = $11, version = version + 1, updated_at = clock_timestamp()
       WHERE tenant_id = $1 AND id = $2`,
      [place.tenantId, id, ...fieldsOf(document)],
    );
  }

  /** `corrects`: the text is the same, so that another date is a correction of it. */
  async keepPassages(
    tx: Tx,
    id: string,
    place: DocumentPlace,
    passages: readonly PreparedPassage[],
    { scopeVersion, author, corrects }: { scopeVersion: string; author: string; corrects: boolean },
  ): Promise<{ added: number; ended: number; kept: number }> {
    const rows = passages.map((passage) => ({ id: newId(), ...passage }));
    const [counts] = await tx.query<{ added: number; ended: number; kept: number }>(KEEP, [
      ...[place.tenantId, place.userId, place.namespace, id, scopeVersion],
      ...[JSON.stringify(rows), author, corrects],
    ]);
    if (!counts) throw new Error('Passages of a document gave no counts');
    return counts;
  }

  /** Its memories, their history and their vectors go with it. */
  async delete(tx: Tx, place: DocumentPlace, id: string): Promise<void> {
    await tx.query(
      'DELETE FROM memori.documents WHERE tenant_id = $1 AND user_id IS NOT DISTINCT FROM $2 AND id = $3',
      [place.tenantId, place.userId, id],
    );
  }
}

function fieldsOf(document: PreparedDocument): unknown[] {
  const { externalId, title, source, format, category, importance, trust, occurredAt, contentHash } = document;
  return [externalId, title, source, format, category, importance, trust, occurredAt, contentHash];
}

function toRecord(row: DocumentRow): StoredDocument {
  return {
    ...row,
    occurredAt: row.occurredAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
