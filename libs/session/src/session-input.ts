import { isId } from '@memori/scope';
import { FieldChecks } from './field-checks';
import { SessionNotFoundError } from './session-errors';
import type { SessionInput, SessionPatch } from './session.types';

export const MAX_NAMESPACE_LENGTH = 200;
const MAX_EXTERNAL_ID_LENGTH = 200;
const MAX_TITLE_LENGTH = 500;
const TEN_YEARS_SECONDS = 315_360_000;
const EXTERNAL_PREFIX = 'ext:';

/** How a caller names a session. */
export type SessionRef = { readonly id: string } | { readonly externalId: string };

/** Reads `sessionId`: an id, or `ext:` and the external id. Any other text names no session. */
export function parseSessionRef(ref: string): SessionRef {
  if (isId(ref)) return { id: ref };
  if (!ref.startsWith(EXTERNAL_PREFIX)) throw new SessionNotFoundError(ref);
  const externalId = ref.slice(EXTERNAL_PREFIX.length);
  const checks = new FieldChecks();
  checks.text('/sessionId', externalId, MAX_EXTERNAL_ID_LENGTH);
  checks.throwIfAny();
  return { externalId };
}

export function checkSessionInput(input: SessionInput): void {
  const checks = new FieldChecks();
  checks.optionalText('/externalId', input.externalId, MAX_EXTERNAL_ID_LENGTH);
  checks.optionalText('/namespace', input.namespace, MAX_NAMESPACE_LENGTH);
  checkPatchable(checks, input);
  checks.throwIfAny();
}

export function checkSessionPatch(patch: SessionPatch): void {
  const checks = new FieldChecks();
  checkPatchable(checks, patch);
  checks.throwIfAny();
}

function checkPatchable(checks: FieldChecks, input: SessionPatch): void {
  checks.optionalText('/title', input.title, MAX_TITLE_LENGTH, 0);
  if (input.ttlSeconds != null) checks.integer('/ttlSeconds', input.ttlSeconds, 1, TEN_YEARS_SECONDS);
}
