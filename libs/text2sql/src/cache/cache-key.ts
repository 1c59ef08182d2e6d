import { createHash } from 'node:crypto';
import type { RecallItem } from '@memori/memory';
import { hasRole, type Principal, ROLES } from '@memori/scope';
import type { Turn } from '@memori/session';
import { languageOf } from '@memori/text';
import type { GatheredMaterial } from '../context/context-builder';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { questionForm } from './question-form';
import { schemaNouns } from './schema-nouns';

/** What a key is made of. Two questions with equal keys would be put to the model in the same words. */
export interface KeyParts {
  readonly principal: Principal;
  readonly sessionId: string;
  readonly dataSource: DataSourceRecord;
  readonly material: GatheredMaterial;
  readonly question: string;
  /** The model that the caller pinned. */
  readonly pinnedModel: string | undefined;
  readonly language: string | undefined;
  /** Rules, layout, format of the reply and models of this version and configuration. */
  readonly promptVersion: string;
  /** Of the material, what was said or kept that may change what the question means. */
  readonly counted: Counted;
}

export interface Counted {
  readonly history: readonly Turn[];
  readonly recalled: readonly RecallItem[];
}

/** Whose a stored answer may be: the tenant's, one user's, or one session's. */
export type Binding = 'tenant' | 'user' | 'session';

/** Where the answer to a question is looked for, and where it would be stored. */
export interface CachePlace {
  /** The most widely shared first. */
  readonly lookUp: readonly Buffer[];
  readonly store: { readonly key: Buffer; readonly binding: Binding };
  /**
   * Where everybody finds it, for an answer that shows nothing of the user's turns: they stood in its prompt, but none of
   * them counts for the meaning. Absent where it is stored there in any case, or never.
   */
  readonly unmarked?: { readonly key: Buffer; readonly binding: 'tenant' };
  /** Memories and turns that stand in the prompt. */
  readonly usedIds: readonly string[];
}

/**
 * A stored answer belongs to everything that entered its prompt. What used history stays in its session, what used a
 * user's memories or turns stays with that user; everybody else of the tenant may share the rest.
 */
export function cachePlace(parts: KeyParts): CachePlace {
  const { counted, material } = parts;
  const { tenantId, userId } = parts.principal;
  const own = counted.recalled.filter(isOwn).map(told).sort();
  const said = counted.history.map(({ role, content, sql }) => [role, content, sql]);
  const base = baseOf(parts);
  const keys = {
    tenant: hash(['tenant', tenantId, base]),
    user: hash(['user', tenantId, base, userId, own]),
    session: hash(['session', tenantId, base, userId, parts.sessionId, own, said]),
  };
  const lookUp: Binding[] = ['session'];
  if (said.length === 0) lookUp.unshift('user');
  if (said.length === 0 && own.length === 0) lookUp.unshift('tenant');
  const binding = bindingOf(parts);
  return {
    lookUp: lookUp.map((each) => keys[each]),
    store: { key: keys[binding], binding },
    ...(binding === 'user' && own.length === 0 && { unmarked: { key: keys.tenant, binding: 'tenant' as const } }),
    usedIds: [...material.history, ...material.recalled].map(({ id }) => id),
  };
}

/** By all that the prompt shows, also what does not count for the meaning: an explanation may speak of it. */
function bindingOf({ material }: KeyParts): Binding {
  const { history, recalled, isolated } = material;
  if (isolated || history.length > 0 || recalled.some(({ scope }) => scope === 'session')) return 'session';
  return recalled.some(isOwn) ? 'user' : 'tenant';
}

/** Of one user: what others of the tenant are not shown. */
export function isOwn({ kind, scope }: RecallItem): boolean {
  return kind === 'turn' || scope !== 'tenant';
}

function told({ id, content, category, always }: RecallItem): string {
  return JSON.stringify([id, content, category, always]);
}

function baseOf(parts: KeyParts): Buffer {
  const { principal, dataSource, material, counted, question } = parts;
  return hash([
    questionForm(question, schemaNouns(material.catalog)),
    [parts.language ?? languageOf(question), material.timeZone, parts.pinnedModel, parts.promptVersion],
    ROLES.filter((role) => hasRole(principal, role)),
    [dataSource.id, dataSource.name, dataSource.description, dataSource.connectionRevision, dataSource.schemas],
    digestOf(material.catalog),
    counted.recalled
      .filter((item) => !isOwn(item))
      .map(told)
      .sort(),
    valuesOf(material),
    remainder(material),
  ]);
}

/**
 * Whatever else the material holds, now or some day. Left out is what is counted in a form of its own; the day, which bounds
 * the life of an answer instead; and the verified queries themselves, which their version stands for; and of the stored values
 * all but those that the question may speak of; and how alike the tables are, which follows from question and catalogue.
 */
const ELSEWHERE: ReadonlySet<string> = new Set<keyof GatheredMaterial>([
  'catalog',
  'dataSource',
  'question',
  'now',
  'timeZone',
  'language',
  'history',
  'recalled',
  'examples',
  'wholeBook',
  'values',
  'likeness',
]);

function remainder(material: GatheredMaterial): unknown {
  const others = Object.entries(material).filter(([name]) => !ELSEWHERE.has(name));
  return others.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The spellings that the prompt may offer. */
function valuesOf({ values, catalog }: GatheredMaterial): string[] {
  const found = values.in(catalog.tables);
  return found.map(({ schema, table, column, value }) => JSON.stringify([schema, table, column, value])).sort();
}

const digests = new WeakMap<Catalog, string>();

/** The version, and the samples and names that a prompt or the choice of tables goes by. */
function digestOf(catalog: Catalog): string {
  const known = digests.get(catalog);
  if (known) return known;
  const shown = catalog.tables.map(({ aliases, columns }) => [
    aliases,
    columns.map((column) => [column.samples, column.aliases]),
  ]);
  const digest = hash([catalog.version, shown]).toString('hex');
  digests.set(catalog, digest);
  return digest;
}

function hash(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}
