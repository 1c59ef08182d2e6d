import { Injectable } from '@nestjs/common';
import { readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';

const FORGET = readSql(__dirname, 'forget.sql');
// In the order of their ids, as memori.forget locks them.
const LOCK_SESSIONS = `SELECT id FROM memori.sessions
  WHERE tenant_id = $1 AND user_id = $2 AND ($3::uuid IS NULL OR id = $3) AND ($4::text IS NULL OR namespace = $4)
  ORDER BY id FOR UPDATE`;

const FORGET_DOCUMENTS = `DELETE FROM memori.documents
  WHERE tenant_id = $1 AND user_id = $2 AND $3::uuid IS NULL AND ($4::text IS NULL OR namespace = $4) RETURNING id`;

/** Rows that were erased, by kind. */
export interface ForgottenCounts {
  readonly sessions: number;
  readonly turns: number;
  readonly memories: number;
  readonly documents: number;
}

/** With both null: everything of the user. */
export interface ForgottenPart {
  readonly sessionId: string | null;
  readonly namespace: string | null;
}

/** Erases. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class ForgettingRepository {
  async lockSessions(tx: Tx, owner: UserScope, { sessionId, namespace }: ForgottenPart): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(LOCK_SESSIONS, [owner.tenantId, owner.userId, sessionId, namespace]);
    return rows.map(({ id }) => id);
  }

  async erase(tx: Tx, owner: UserScope, what: ForgottenPart): Promise<ForgottenCounts> {
    const params = [owner.tenantId, owner.userId, what.sessionId, what.namespace];
    const [row] = await tx.query<Omit<ForgottenCounts, 'documents'>>(FORGET, params);
    if (!row) throw new Error('memori.forget gave no counts');
    // Their memories are gone by then, under the locks of their namespaces. A document belongs to no session.
    const documents = await tx.query(FORGET_DOCUMENTS, params);
    return { ...row, documents: documents.length };
  }
}
