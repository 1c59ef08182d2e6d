import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { DomainError } from '@memori/errors';
import type { UserScope } from '@memori/scope';
import { Vault } from './vault';

/** What a creation answered the first time. */
export interface KeptReply {
  readonly body: unknown;
  readonly location: string | null;
}

/** Where a key was used: per tenant, user and route. */
export interface KeyPlace {
  readonly scope: UserScope;
  /** Method and template, such as `POST /v1/sessions`. */
  readonly route: string;
  readonly key: string;
}

interface KeyRow {
  readonly taken: boolean;
  readonly body_hash: Buffer;
  readonly reply: Buffer | null;
}

/**
 * Idempotency keys of creations, for a day. The reply is kept sealed, since it may hold what is shown only once. A
 * creation that failed leaves nothing; one whose process died in the middle frees its key after a minute.
 */
@Injectable()
export class ReplyKeys {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** `taken`: the caller creates. `busy`: somebody is creating. Otherwise what was answered then. */
  async take(place: KeyPlace, bodyHash: Buffer): Promise<'taken' | 'busy' | KeptReply> {
    const { scope, route, key } = place;
    const [row] = await this.database.call<KeyRow>('SELECT * FROM memori.take_reply_key($1, $2, $3, $4, $5)', [
      scope.tenantId,
      scope.userId,
      route,
      key,
      bodyHash,
    ]);
    if (!row) return 'busy';
    if (row.taken) return 'taken';
    if (!row.body_hash.equals(bodyHash)) throw idempotencyKeyReused();
    if (row.reply === null) return 'busy';
    return JSON.parse(this.vault.decrypt(row.reply, contextOf(place)).toString('utf8')) as KeptReply;
  }

  async keep(place: KeyPlace, reply: KeptReply): Promise<void> {
    await this.change(place, 'UPDATE memori.reply_keys SET reply = $5', [
      this.vault.encrypt(JSON.stringify(reply), contextOf(place)),
    ]);
  }

  async drop(place: KeyPlace): Promise<void> {
    await this.change(place, 'DELETE FROM memori.reply_keys', []);
  }

  private async change({ scope, route, key }: KeyPlace, what: string, more: unknown[]): Promise<void> {
    const where = 'WHERE tenant_id = $1 AND user_id = $2 AND route = $3 AND key = $4';
    await this.database.query(scope, `${what} ${where}`, [scope.tenantId, scope.userId, route, key, ...more]);
  }
}

/** The same body, whatever the order of its fields. */
export function hashJson(body: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(body)) ?? '')
    .digest();
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return fields.map(([name, field]) => [name, inOrder(field)]);
}

function contextOf({ scope, route, key }: KeyPlace): string {
  return ['reply', scope.tenantId, scope.userId, route, key].map(encodeURIComponent).join(':');
}

/** A key stands for one body. */
export function idempotencyKeyReused(): DomainError {
  return new DomainError(
    'invalid',
    'idempotency-key-reused',
    'This Idempotency-Key was used for another body within the last 24 hours. Send a new key with a new body.',
  );
}
