import { createHash, timingSafeEqual } from 'node:crypto';
import { DomainError, UnreadableRequestError } from '@memori/errors';

/** Longest id of a user that Memori keeps. */
export const MAX_USER_ID_LENGTH = 200;

/** The token of `Authorization: Bearer …`. */
export function bearerToken(authorization: string | undefined): string {
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
  if (!token) throw new UnauthenticatedError('Send your key as "Authorization: Bearer <key>".');
  return token;
}

/** The user that `X-Memori-User` names: percent-encoded UTF-8. */
export function actedForUser(header: string): string {
  const user = decoded(header);
  if (!isUserId(user))
    throw new UnreadableRequestError(
      `X-Memori-User must name a user in 1 to ${MAX_USER_ID_LENGTH} characters, none of them a control character, and not "*".`,
    );
  return user;
}

/** Whether a text can be the id of a user. `*` means everybody inside the database's walls. */
export function isUserId(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= MAX_USER_ID_LENGTH &&
    text !== '*' &&
    !/[\p{Cc}\p{Surrogate}]/u.test(text) &&
    text.trim() !== ''
  );
}

/** Keys are high in entropy, so a plain hash is enough; equal length makes the comparison constant in time. */
export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Missing, wrong, expired and revoked keys all look alike. */
export class UnauthenticatedError extends DomainError {
  constructor(message: string) {
    super('unauthenticated', 'unauthenticated', message);
  }
}

function decoded(header: string): string {
  // Raw bytes above ASCII reach us as Latin-1, which would silently name another user.
  if (!/^[\x20-\x7e]*$/.test(header)) throw malformed();
  try {
    return decodeURIComponent(header);
  } catch {
    throw malformed();
  }
}

function malformed(): UnreadableRequestError {
  return new UnreadableRequestError('X-Memori-User must be percent-encoded UTF-8, as encodeURIComponent writes it.');
}
