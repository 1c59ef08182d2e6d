import { type FieldError, InvalidRequestError } from '@memori/errors';
import { isId } from '@memori/scope';
import { characterCount, textFault } from '@memori/text';
import { languagesFault } from '../aliases/alias-languages';
import {
  type DataSourceInput,
  type DataSourcePatch,
  SAMPLE_VALUES,
  SSL_MODES,
  type SslMode,
} from './data-source.record';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 10_000;
const MAX_SCHEMAS = 100;
/** PostgreSQL cuts longer identifiers; a longer one names nothing. */
const MAX_IDENTIFIER_BYTES = 63;

type Check = (value: unknown) => string | undefined;

const CHECKS: Record<keyof DataSourceInput, Check> = {
  name: nameFault,
  dialect: (value) => (value === 'postgresql' ? undefined : 'must be "postgresql", the only dialect so far'),
  url: (value) =>
    typeof value === 'string' && value !== ''
      ? undefined
      : 'must be a URL as postgresql://user:password@host:5432/database',
  schemas: schemasFault,
  description: (value) => (value === null ? undefined : lineFault(value, MAX_DESCRIPTION, true)),
  ssl: (value) =>
    value === null || typeof value === 'boolean' || isOneOf(SSL_MODES, value)
      ? undefined
      : `must be true, false or one of ${SSL_MODES.join(', ')}`,
  sampleValues: (value) =>
    value === null || isOneOf(SAMPLE_VALUES, value) ? undefined : `must be one of ${SAMPLE_VALUES.join(', ')}`,
  timeZone: (value) =>
    value === null || isTimeZone(value) ? undefined : 'must be an IANA time zone such as "Asia/Shanghai"',
  languages: languagesFault,
  shareRows: (value) => (value === null || typeof value === 'boolean' ? undefined : 'must be true or false'),
};

const REQUIRED = ['name', 'dialect', 'url'] as const;

/** Throws an error that names every wrong field at once. */
export function checkInput(input: DataSourceInput): void {
  const missing = REQUIRED.filter((field) => input[field] === undefined);
  throwIfAny([...missing.map((field) => ({ pointer: `/${field}`, message: 'is missing' })), ...faults(input)]);
}

export function checkPatch(patch: DataSourcePatch): void {
  throwIfAny(faults(patch));
}

/** `true` and `false` are short for the two modes that need no certificate. */
export function sslModeOf(ssl: boolean | SslMode | null | undefined): SslMode | undefined {
  if (typeof ssl === 'boolean') return ssl ? 'require' : 'disable';
  return ssl ?? undefined;
}

function faults(input: DataSourcePatch): FieldError[] {
  return Object.entries(CHECKS).flatMap(([field, check]) => {
    const value: unknown = input[field as keyof DataSourceInput];
    const message = value === undefined ? undefined : check(value);
    return message === undefined ? [] : [{ pointer: `/${field}`, message }];
  });
}

function throwIfAny(errors: FieldError[]): void {
  if (errors.length === 0) return;
  const list = errors.map(({ pointer, message }) => `"${pointer.slice(1)}" ${message}`).join('; ');
  throw new InvalidRequestError(`The data source is not valid: ${list}.`, errors);
}

/** Names stand wherever ids do, so none may look like one. */
function nameFault(value: unknown): string | undefined {
  const fault = lineFault(value, MAX_NAME, false);
  if (fault || typeof value !== 'string') return fault;
  if (value.trim() !== value || value === '') return 'must not be empty, nor begin or end with a blank';
  return isId(value) ? 'must not look like an id' : undefined;
}

function schemasFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of names, or null for all schemas';
  if (value.length > MAX_SCHEMAS) return `must hold at most ${MAX_SCHEMAS} names`;
  if (new Set(value).size !== value.length) return 'must not name a schema twice';
  const names: unknown[] = value;
  if (names.some((name) => !isIdentifier(name))) return 'must hold names of 1 to 63 bytes';
  const own = names.find((name) => typeof name === 'string' && (/^pg_/.test(name) || name === 'information_schema'));
  return own === undefined ? undefined : `must not hold PostgreSQL's own schemas`;
}

function isIdentifier(name: unknown): boolean {
  if (typeof name !== 'string' || name === '' || textFault(name)) return false;
  return Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES;
}

function lineFault(value: unknown, maxLength: number, mayBreak: boolean): string | undefined {
  if (typeof value !== 'string') return 'must be a text';
  if (characterCount(value) > maxLength) return `must have at most ${maxLength} characters`;
  const fault = textFault(value);
  if (fault) return fault;
  return !mayBreak && /\p{Cc}/u.test(value) ? 'must not hold line breaks or control characters' : undefined;
}

function isTimeZone(value: unknown): boolean {
  // Intl may take offsets such as "+05:00", which PostgreSQL reads with the opposite sign.
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

function isOneOf(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value);
}
