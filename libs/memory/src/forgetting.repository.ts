import { Injectable } from '@nestjs/common';
import { readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';

const FORGET = readSql(__dirname, 'forget.sql');

/** Rows that were erased, by kind. */
export interface ForgottenCounts {
  readonly sessions: number;
  readonly turns: number;
  readonly memories: number;
}

/** Erases. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class ForgettingRepository {
  /** With both null: everything of the user. */
  async erase(
    tx: Tx,
    owner: UserScope,
    what: { readonly sessionId: string | null; readonly namespace: string | null },
  ): Promise<{ counts: ForgottenCounts; at: Date }> {
    const params = [owner.tenantId, owner.userId, what.sessionId, what.namespace];
    const [row] = await tx.query<ForgottenCounts & { at: Date }>(FORGET, params);
    if (!row) throw new Error('memori.forget gave no counts');
    const { at, ...counts } = row;
    return { counts, at };
  }
}
