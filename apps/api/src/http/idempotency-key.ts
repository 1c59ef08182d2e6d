import { InvalidRequestError } from '@memori/errors';

const MAX_LENGTH = 255;

/** The key that makes a retry safe: percent-encoded UTF-8. */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? decoded(header) : undefined;
  if (key && [...key].length <= MAX_LENGTH && !/\p{Cc}/u.test(key)) return key;
  const message = `must be 1 to ${MAX_LENGTH} characters of percent-encoded UTF-8, none of them a control character`;
  throw new InvalidRequestError(`The header Idempotency-Key ${message}.`, [
    { pointer: '', message: `Idempotency-Key ${message}` },
  ]);
}

function decoded(header: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(header)) return undefined;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}
