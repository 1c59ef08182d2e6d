import { InvalidRequestError } from '@memori/errors';

/** One page of a list, asked for. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** One page of a list. `nextCursor` is null on the last. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** Cuts a page out of rows of which one more than `limit` was read. */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last ? Buffer.from(keyOf(last)).toString('base64url') : null;
  return { items, nextCursor };
}

/** The key inside a cursor. Clients hand back what they were given; anything else is refused. */
export function decodeCursor(cursor: string, form: RegExp): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (form.test(key)) return key;
  const message = 'is not a cursor that this list gave out';
  throw new InvalidRequestError(`"cursor" ${message}.`, [{ pointer: '/cursor', message }]);
}

export const ID_CURSOR = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
