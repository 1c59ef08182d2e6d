import { isId } from '@memori/scope';
import { FieldChecks, MAX_NAMESPACE_LENGTH, parseMoment } from '@memori/session';
import { isTimeZone } from '@memori/text';
import {
  MEMORY_CATEGORIES,
  MEMORY_SCOPES,
  type MemoryInput,
  type MemoryPatch,
  RECALL_KINDS,
  type SearchRequest,
} from './memory.types';

export const MAX_MEMORY_LENGTH = 10_000;
export const MAX_SEARCH_RESULTS = 200;
const MAX_QUERY_LENGTH = 10_000;
const MAX_SOURCES = 100;
const MAX_TOKENS = 100_000;

export function checkMemoryInput(input: MemoryInput): void {
  const checks = new FieldChecks();
  checks.text('/content', input.content, MAX_MEMORY_LENGTH);
  checkOneOf(checks, '/category', input.category, MEMORY_CATEGORIES);
  if (input.scope != null) checkOneOf(checks, '/scope', input.scope, MEMORY_SCOPES);
  checks.optionalText('/namespace', input.namespace, MAX_NAMESPACE_LENGTH);
  if (input.scope === 'session' && input.sessionId == null)
    checks.add('/sessionId', 'is needed with the scope "session"');
  if (input.scope === 'tenant' && input.sessionId != null)
    checks.add('/sessionId', 'does not go with the scope "tenant"');
  if ((input.sourceTurnIds?.length ?? 0) > MAX_SOURCES)
    checks.add('/sourceTurnIds', `must hold at most ${MAX_SOURCES} ids`);
  input.sourceTurnIds?.forEach((id, index) => {
    if (!isId(id)) checks.add(`/sourceTurnIds/${index}`, 'must be the id of a turn');
  });
  if ((input.sourceMemoryIds?.length ?? 0) > MAX_SOURCES)
    checks.add('/sourceMemoryIds', `must hold at most ${MAX_SOURCES} ids`);
  input.sourceMemoryIds?.forEach((id, index) => {
    if (!isId(id)) checks.add(`/sourceMemoryIds/${index}`, 'must be the id of a memory');
  });
  checkShare(checks, '/trust', input.trust);
  checkChangeable(checks, input);
  checks.throwIfAny();
}

export function checkMemoryPatch(patch: MemoryPatch): void {
  const checks = new FieldChecks();
  if (patch.content !== undefined) checks.text('/content', patch.content, MAX_MEMORY_LENGTH);
  if (patch.category !== undefined) checkOneOf(checks, '/category', patch.category, MEMORY_CATEGORIES);
  checkChangeable(checks, patch);
  checks.throwIfAny();
}

export function checkSearch(request: SearchRequest): void {
  const checks = new FieldChecks();
  checks.text('/query', request.query, MAX_QUERY_LENGTH);
  checks.optionalText('/namespace', request.namespace, MAX_NAMESPACE_LENGTH);
  if (request.limit != null) checks.integer('/limit', request.limit, 1, MAX_SEARCH_RESULTS);
  if (request.maxTokens != null) checks.integer('/maxTokens', request.maxTokens, 1, MAX_TOKENS);
  request.categories?.forEach((category, at) => checkOneOf(checks, `/categories/${at}`, category, MEMORY_CATEGORIES));
  request.kinds?.forEach((kind, at) => checkOneOf(checks, `/kinds/${at}`, kind, RECALL_KINDS));
  checks.optionalMoment('/asOf', request.asOf);
  if (request.timeZone != null && !(typeof request.timeZone === 'string' && isTimeZone(request.timeZone)))
    checks.add('/timeZone', 'must be an IANA time zone such as Europe/Berlin');
  checks.throwIfAny();
}

/** Checked again against what is stored already, when a patch gives only one end. */
export function checkValidity(from: Date | null, to: Date | null): void {
  const checks = new FieldChecks();
  if (from && to && from > to) checks.add('/validTo', 'must not lie before validFrom');
  checks.throwIfAny();
}

function checkChangeable(checks: FieldChecks, input: MemoryPatch): void {
  checkShare(checks, '/importance', input.importance);
  checks.optionalMoment('/validFrom', input.validFrom);
  checks.optionalMoment('/validTo', input.validTo);
  const [from, to] = [parseMoment(input.validFrom), parseMoment(input.validTo)];
  if (from && to && from > to) checks.add('/validTo', 'must not lie before validFrom');
}

export function checkShare(checks: FieldChecks, pointer: string, value: unknown): void {
  if (value != null && !(typeof value === 'number' && value >= 0 && value <= 1))
    checks.add(pointer, 'must be a number from 0 to 1');
}

export function checkOneOf(checks: FieldChecks, pointer: string, value: unknown, values: readonly string[]): void {
  if (!values.includes(value as string)) checks.add(pointer, `must be one of ${values.join(', ')}`);
}
