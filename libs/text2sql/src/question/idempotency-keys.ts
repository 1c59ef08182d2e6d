import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { type UserScope } from '@memori/scope';
import { idempotencyKeyReused } from '@memori/security';

const ROUTE = 'POST /v1/questions';
const HOURS = 24;

interface KeyRow {
  readonly question_id: string;
  readonly body_hash: Buffer;
}

/** Which question a key stands for: per tenant, user and route, for a day. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly database: Database) {}

  /** The question that the key was used for. Another body under the same key is refused. */
  async find(scope: UserScope, key: string, bodyHash: Buffer): Promise<string | undefined> {
    const rows = await this.database.query<KeyRow>(
      scope,
      `SELECT question_id, body_hash FROM memori.idempotency_keys
       WHERE tenant_id = $1 AND user_id = $2 AND route = $3 AND key = $4 AND expires_at > clock_timestamp()`,
      [scope.tenantId, scope.userId, ROUTE, key],
    );
    return rows[0] && sameBody(rows[0], bodyHash);
  }

  /** Takes the key for `questionId`. False: somebody else has it; a transaction that is about to take it is waited for. */
  async take(tx: Tx, scope: UserScope, key: string, bodyHash: Buffer, questionId: string): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO memori.idempotency_keys AS k (tenant_id, user_id, route, key, body_hash, question_id, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(hours => $7))
       ON CONFLICT (tenant_id, user_id, route, key) DO UPDATE
         SET body_hash = excluded.body_hash, question_id = excluded.question_id, expires_at = excluded.expires_at
         WHERE k.expires_at <= clock_timestamp()
       RETURNING 1`,
      [scope.tenantId, scope.userId, ROUTE, key, bodyHash, questionId, HOURS],
    );
    return rows.length > 0;
  }
}

/** The same body, whatever the order of its fields. */
export function hashBody(body: object): Buffer {
  const fields = Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest();
}

function sameBody({ question_id, body_hash }: KeyRow, bodyHash: Buffer): string {
  if (body_hash.equals(bodyHash)) return question_id;
  throw idempotencyKeyReused();
}
