import type { IncomingMessage } from 'node:http';
import { newId } from '@memori/scope';

export const REQUEST_ID_HEADER = 'x-request-id';

/** The caller's id when it is fit to be logged and sent back, else one of ours. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && /^[\x21-\x7e]{1,200}$/.test(given) ? given : newId();
}
