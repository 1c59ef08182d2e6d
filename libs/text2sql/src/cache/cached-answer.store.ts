import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { newId, type UserScope } from '@memori/scope';
import { Vault, VaultError } from '@memori/security';
import type { Binding } from './cache-key';

/** What is served again. The SQL is executed anew each time; no row is in here. */
export interface StoredAnswer {
  readonly sql: string;
  readonly explanation: string;
  readonly assumptions: readonly string[];
  readonly confidence: 'high' | 'medium' | 'low';
}

/** What the model was paid for an answer, and a repeat of it saves. */
export interface PaidAnswer {
  readonly tokens: number;
  readonly nanoUsd: bigint;
  readonly model: string | undefined;
}

export interface FoundAnswer {
  readonly id: string;
  readonly answer: StoredAnswer;
  readonly paid: PaidAnswer;
}

export interface NewAnswer {
  readonly questionId: string;
  readonly sessionId: string;
  readonly key: Buffer;
  readonly binding: Binding;
  readonly usedIds: readonly string[];
  readonly answer: StoredAnswer;
  readonly paid: PaidAnswer;
  readonly lifeMs: number;
}

interface Row {
  readonly id: string;
  readonly key: Buffer;
  readonly sealed: Buffer;
  readonly saved_tokens: string;
  readonly saved_nano_usd: string;
  readonly model: string | null;
}

interface TurnQuestion {
  readonly turn_id: string;
  readonly question: string;
  readonly only_asked: boolean;
}

/** Stored answers, in the database alone: what one instance evicts no other serves. */
@Injectable()
export class CachedAnswerStore {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** The answer under the first key that has one. `questionId`: whom it is for; left out, it leaves no trace. */
  async find({ tenantId, userId }: UserScope, keys: readonly Buffer[], questionId?: string) {
    const [row] = await this.database.call<Row>('SELECT * FROM memori.find_cached_answer($1, $2, $3, $4)', [
      tenantId,
      userId,
      keys,
      questionId ?? null,
    ]);
    return row && this.open(row);
  }

  /** False: it is not to be stored, since it was called wrong before, or what it comes from is gone. */
  async keep({ tenantId, userId }: UserScope, stored: NewAnswer): Promise<boolean> {
    const { questionId, sessionId, key, binding, usedIds, answer, paid, lifeMs } = stored;
    const [row] = await this.database.call<{ kept: boolean }>(
      'SELECT memori.keep_cached_answer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS kept',
      [
        ...[tenantId, newId(), questionId],
        ...[binding === 'tenant' ? null : userId, binding === 'session' ? sessionId : null],
        ...[key, this.vault.encrypt(JSON.stringify(answer), contextOf(key)), usedIds, answer.sql, lifeMs],
        ...[Math.round(paid.tokens), paid.nanoUsd.toString(), paid.model ?? null],
      ],
    );
    return row?.kept ?? false;
  }

  /** Inside the transaction of a verdict: whatever the question was served from, or gave. How many went. */
  async evict(tx: Tx, { tenantId, userId }: UserScope, questionId: string): Promise<number> {
    const sql = 'SELECT memori.evict_cached_answer($1, $2, $3) AS gone';
    const [row] = await tx.query<{ gone: number }>(sql, [tenantId, userId, questionId]);
    return row?.gone ?? 0;
  }

  async drop(tenantId: string, id: string): Promise<void> {
    await this.database.call('SELECT memori.drop_cached_answer($1, $2)', [tenantId, id]);
  }

  /** Removes what is over, and of each tenant the longest unused beyond `most`. */
  async sweep(most: number): Promise<{ expired: number; overflow: number }> {
    const sql = 'SELECT expired, overflow FROM memori.sweep_cached_answers($1)';
    const [row] = await this.database.call<{ expired: number; overflow: number }>(sql, [most]);
    return row ?? { expired: 0, overflow: 0 };
  }

  /** The questions that some turns belong to, and whether those were answered without asking back. */
  async questionsOfTurns(scope: UserScope, turnIds: readonly string[]): Promise<Map<string, TurnQuestion>> {
    if (turnIds.length === 0) return new Map();
    const rows = await this.database.query<TurnQuestion>(
      scope,
      `SELECT t.id AS turn_id, q.question, q.status = 'answered' AND q.input->'repliedTo' IS NULL AS only_asked
       FROM memori.turns t JOIN memori.questions q ON q.id = t.question_id
       WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.id = ANY ($3)`,
      [scope.tenantId, scope.userId, turnIds],
    );
    return new Map(rows.map((row) => [row.turn_id, row]));
  }

  /** What another encryption key sealed is as good as not there. */
  private open({ id, key, sealed, saved_tokens, saved_nano_usd, model }: Row): FoundAnswer | undefined {
    try {
      const answer = JSON.parse(this.vault.decrypt(sealed, contextOf(key)).toString('utf8')) as StoredAnswer;
      const paid = { tokens: Number(saved_tokens), nanoUsd: BigInt(saved_nano_usd), model: model ?? undefined };
      return { id, answer, paid };
    } catch (error) {
      if (error instanceof VaultError) return undefined;
      throw error;
    }
  }
}

function contextOf(key: Buffer): string {
  return `cached-answer:${key.toString('hex')}`;
}
