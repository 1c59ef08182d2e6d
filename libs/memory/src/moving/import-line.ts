import { createHash } from 'node:crypto';
import type { FieldError } from '@memori/errors';
import { isId } from '@memori/scope';
import { FieldChecks, MAX_NAMESPACE_LENGTH, MAX_TURN_LENGTH, TURN_ROLES } from '@memori/session';
import { DOCUMENT_FORMATS } from '../documents/document.types';
import { checkOneOf, checkShare, MAX_MEMORY_LENGTH } from '../memory-input';
import { MEMORY_CATEGORIES, MEMORY_ORIGINS, MEMORY_SCOPES } from '../memory.types';

export const LINE_KINDS = ['export', 'session', 'turn', 'summary', 'document', 'memory', 'memoryVersion'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** A line that was read and found right: its fields as they stood there. */
export interface ImportLine {
  readonly number: number;
  readonly kind: LineKind;
  readonly fields: Readonly<Record<string, unknown>>;
}

type Check = (checks: FieldChecks, pointer: string, value: unknown) => void;

interface Rule {
  readonly check: Check;
  readonly needed?: boolean;
}

const MOST_NUMBER = 2_147_483_647;
const text =
  (max: number, min = 1): Check =>
  (checks, pointer, value) =>
    checks.text(pointer, value, max, min);
const oneOf =
  (values: readonly string[]): Check =>
  (checks, pointer, value) =>
    checkOneOf(checks, pointer, value, values);
const integer =
  (min: number): Check =>
  (checks, pointer, value) =>
    checks.integer(pointer, value, min, MOST_NUMBER);
const moment: Check = (checks, pointer, value) => checks.optionalMoment(pointer, value);
const flag: Check = (checks, pointer, value) => {
  if (typeof value !== 'boolean') checks.add(pointer, 'must be true or false');
};
const id: Check = (checks, pointer, value) => {
  if (typeof value !== 'string' || !isId(value)) checks.add(pointer, 'must be an id (a UUID)');
};
const ids: Check = (checks, pointer, value) => {
  if (!Array.isArray(value) || value.length > 1000 || !value.every((each) => typeof each === 'string' && isId(each)))
    checks.add(pointer, 'must be a list of ids (UUIDs), at most 1000');
};
const shape: Check = (checks, pointer, value) => {
  const { columns, rowCount } = (typeof value === 'object' ? value : {}) as { columns?: unknown; rowCount?: unknown };
  if (!Array.isArray(columns) || !columns.every((each) => typeof each === 'string') || !Number.isInteger(rowCount))
    checks.add(pointer, 'must be { columns, rowCount }');
};
const hash: Check = (checks, pointer, value) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{40}$/.test(value)) checks.add(pointer, 'must be a hash');
};

const may = (check: Check): Rule => ({ check });
const must = (check: Check): Rule => ({ check, needed: true });
const SHARE = may(checkShare);
const MOMENT = may(moment);

/** What a line of each kind may hold: what an export writes, and nothing else. */
const RULES: Readonly<Record<LineKind, Readonly<Record<string, Rule>>>> = {
  export: { format: must(oneOfNumbers(1)), tenantId: must(text(500)), userId: must(text(500)) },
  session: {
    ...{
      id: must(id),
      externalId: may(text(200)),
      namespace: must(text(MAX_NAMESPACE_LENGTH)),
      title: may(text(500, 0)),
    },
    ...{ isolated: may(flag), ttlSeconds: may(integer(1)), createdAt: MOMENT, lastActiveAt: MOMENT, expiresAt: MOMENT },
    ...{
      archivedAt: MOMENT,
      drawnSeq: may(integer(0)),
      summarySeq: may(integer(0)),
      consolidatedAt: MOMENT,
      consolidatedIn: may(id),
    },
  },
  turn: {
    ...{ id: must(id), sessionId: must(id), seq: may(integer(1)), role: must(oneOf(TURN_ROLES)), name: may(text(200)) },
    ...{ content: must(text(MAX_TURN_LENGTH)), externalId: may(text(200)), occurredAt: MOMENT, recordedAt: MOMENT },
    ...{ questionId: may(id), sql: may(text(MAX_TURN_LENGTH)), resultShape: may(shape) },
    // Those of its session count.
    ...{ namespace: may(text(MAX_NAMESPACE_LENGTH)), isolated: may(flag) },
  },
  summary: {
    ...{ sessionId: must(id), content: must(text(MAX_TURN_LENGTH)), uptoSeq: must(integer(1)), turnIds: must(ids) },
    ...{ updatedAt: MOMENT },
  },
  document: {
    ...{ id: must(id), scope: may(oneOf(['user', 'tenant'])), namespace: may(text(MAX_NAMESPACE_LENGTH)) },
    ...{
      externalId: may(text(200)),
      title: may(text(500)),
      source: may(text(2000)),
      format: must(oneOf(DOCUMENT_FORMATS)),
    },
    ...{ category: must(oneOf(MEMORY_CATEGORIES)), importance: SHARE, trust: SHARE, occurredAt: MOMENT },
    ...{ contentHash: must(hash), version: may(integer(1)), createdAt: MOMENT, updatedAt: MOMENT },
  },
  memory: {
    ...{
      id: may(id),
      scope: may(oneOf(MEMORY_SCOPES)),
      namespace: may(text(MAX_NAMESPACE_LENGTH)),
      sessionId: may(id),
    },
    ...{
      content: must(text(MAX_MEMORY_LENGTH)),
      category: must(oneOf(MEMORY_CATEGORIES)),
      importance: SHARE,
      trust: SHARE,
    },
    ...{ origin: may(oneOf(MEMORY_ORIGINS)), sourceTurnIds: may(ids), sourceMemoryIds: may(ids), documentId: may(id) },
    ...{ heading: may(text(1000)), place: may(integer(0)), validFrom: MOMENT, validTo: MOMENT, statedTo: MOMENT },
    ...{ saidAt: MOMENT, lastUsedAt: MOMENT, createdAt: MOMENT, updatedAt: MOMENT, subject: may(text(200)) },
    ...{ predicate: may(text(200)), fingerprint: may(hash), support: may(integer(1)), uses: may(integer(0)) },
    ...{
      supersedes: may(id),
      supersededBy: may(id),
      essential: may(flag),
      version: may(integer(1)),
      isolated: may(flag),
    },
  },
  memoryVersion: {
    ...{ memoryId: must(id), version: must(integer(1)), content: must(text(MAX_MEMORY_LENGTH)) },
    ...{ category: must(oneOf(MEMORY_CATEGORIES)), importance: SHARE, validFrom: MOMENT, validTo: MOMENT },
    ...{ changedBy: may(text(500)), changedAt: MOMENT, supersededBy: may(id) },
  },
};

/** Reads one line. What is wrong with it is told place by place, with the number of the line. */
export function readImportLine(line: string, number: number): ImportLine | { readonly errors: FieldError[] } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { errors: [lineError(number, '', 'is no JSON')] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { errors: [lineError(number, '', 'is no JSON object')] };
  const { kind = 'memory', ...fields } = value as Record<string, unknown>;
  const known = LINE_KINDS.find((each) => each === kind);
  if (!known) return { errors: [lineError(number, '/kind', `must be one of ${LINE_KINDS.join(', ')}`)] };
  const errors = faultsOf(known, fields).map(({ pointer, message }) => lineError(number, pointer, message));
  return errors.length > 0 ? { errors } : { number, kind: known, fields };
}

/** As it stands in the `errors` of a refused import. */
export function lineError(number: number, pointer: string, message: string): FieldError {
  return { pointer: `/${number}${pointer}`, message: `line ${number}: ${message}` };
}

function faultsOf(kind: LineKind, fields: Readonly<Record<string, unknown>>): FieldError[] {
  const rules = RULES[kind];
  const errors: FieldError[] = [];
  const checks = { add: (pointer: string, message: string) => void errors.push({ pointer, message }) };
  const collected = new FieldChecks();
  for (const [name, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) checks.add(`/${name.slice(0, 100)}`, `is not a field of a ${kind}`);
    else if (value !== null) rule.check(collected, `/${name}`, value);
  }
  for (const [name, { needed }] of Object.entries(rules))
    if (needed && fields[name] == null) collected.add(`/${name}`, 'is needed');
  if (kind === 'memory' && fields.scope === 'session' && fields.sessionId == null)
    collected.add('/sessionId', 'is needed with the scope "session"');
  return [...errors, ...collected.all];
}

function oneOfNumbers(...values: number[]): Check {
  return (checks, pointer, value) => {
    if (!values.includes(value as number)) checks.add(pointer, `must be ${values.join(' or ')}`);
  };
}

/**
 * The ids under which things from elsewhere stand here. What comes back to where it came from keeps its own; all else gets
 * one that follows from the old one and from whose it is now, so that the same file names the same things each time.
 */
export class ImportedIds {
  /** What stands here already under another id. */
  private readonly merged = new Map<string, string>();
  private isAtHome = false;

  constructor(private readonly owner: { readonly tenantId: string; readonly userId: string }) {}

  /** From here on lines come from that user. */
  comeFrom({ tenantId, userId }: { readonly tenantId: unknown; readonly userId: unknown }): void {
    this.isAtHome = tenantId === this.owner.tenantId && userId === this.owner.userId;
  }

  of(value: unknown): string {
    return this.standing(this.raw(value));
  }

  /** Of an id of here: the one that it stands under. */
  standing(id: string): string {
    return this.merged.get(id) ?? id;
  }

  /** Whatever stands here already under another one. */
  raw(value: unknown): string {
    const old = String(value).toLowerCase();
    return this.isAtHome ? old : this.derived(old);
  }

  all(values: unknown): string[] {
    return [...new Set(((values ?? []) as unknown[]).map((value) => this.of(value)))];
  }

  /** Of what had no id: the same text is the same thing. */
  ofContent(parts: unknown): string {
    return this.derived(`content:${JSON.stringify(parts)}`, FIRST_MOMENT);
  }

  merge(id: string, into: string): void {
    if (id !== into) this.merged.set(id, into);
  }

  /** A UUID of version 8 that sorts where the old one did. */
  private derived(old: string, head = old.slice(0, 13)): string {
    const { tenantId, userId } = this.owner;
    const hash = createHash('sha256')
      .update(JSON.stringify([tenantId, userId, old]))
      .digest('hex');
    const variant = '89ab'[Number.parseInt(hash.charAt(3), 16) % 4];
    return `${head}-8${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
  }
}

const FIRST_MOMENT = '00000000-0000';
