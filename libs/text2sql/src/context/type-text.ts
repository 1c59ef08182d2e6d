import type { Catalog, CatalogTable, CatalogType } from '../data-source/catalog';
import { parseTypeText } from '../guard/names/type-text';
import { breaksLines, sqlName } from './identifiers';

const SHORT_TYPES: readonly [RegExp, string][] = [
  [/^character varying/, 'varchar'],
  [/^character\b/, 'char'],
  [/^timestamp(\(\d\))? without time zone/, 'timestamp$1'],
  [/^timestamp(\(\d\))? with time zone/, 'timestamptz$1'],
  [/^time(\(\d\))? without time zone/, 'time$1'],
];
const MOST_FIELDS = 30;
/** Rows inside of rows, domains over domains: deeper ones are named only. */
const MOST_DEPTH = 3;

/** A type as PostgreSQL prints it, in fewer words. */
export function shortType(type: string): string {
  for (const [long, short] of SHORT_TYPES) if (long.test(type)) return type.replace(long, short);
  return type.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

/**
 * A type with what it is made of, which its name does not tell: `year (integer)` for a domain, `address (street text,
 * city text)` for a composite or the row of a table, `span (range of date)`. Enums have their labels elsewhere.
 */
export function typeText(catalog: Catalog, type: string, depth = 0): string {
  const made = depth < MOST_DEPTH ? madeOf(catalog, type, depth) : undefined;
  return made === undefined ? shortType(type) : `${shortType(type)} (${made})`;
}

/** Whether values of a type have fields, which SQL takes out by `(column).field`. */
export function hasFields(catalog: Catalog, type: string): boolean {
  return !type.endsWith(']') && fieldsOf(catalog, type) !== undefined;
}

function madeOf(catalog: Catalog, type: string, depth: number): string | undefined {
  const found = typeOf(catalog, type);
  if (found?.extension) return undefined;
  const [part] = found?.parts ?? [];
  if (found?.kind === 'range' || found?.kind === 'multirange') return part && `${found.kind} of ${shortType(part)}`;
  if (found?.kind === 'domain') return part && typeText(catalog, part, depth + 1);
  const fields = fieldsOf(catalog, type)?.filter(({ name }) => !breaksLines(name));
  if (!fields) return undefined;
  const shown = fields.slice(0, MOST_FIELDS);
  const texts = shown.map((field) => `${sqlName(field.name)} ${typeText(catalog, field.type, depth + 1)}`);
  return [...texts, ...(fields.length > shown.length ? ['…'] : [])].join(', ');
}

function fieldsOf(catalog: Catalog, type: string): { name: string; type: string }[] | undefined {
  const found = typeOf(catalog, type);
  if (found?.kind === 'domain') return found.parts[0] === undefined ? undefined : fieldsOf(catalog, found.parts[0]);
  if (found?.kind === 'composite')
    return found.fields?.map((name, index) => ({ name, type: found.parts[index] ?? 'text' }));
  if (found) return undefined;
  return find(arrangementOf(catalog).tables, catalog, type)?.columns;
}

function typeOf(catalog: Catalog, type: string): CatalogType | undefined {
  return find(arrangementOf(catalog).types, catalog, type);
}

type ByName<T> = ReadonlyMap<string, readonly T[]>;

/** Types and tables by name, made once a catalogue: every column of thousands of tables asks. */
const arranged = new WeakMap<Catalog, { types: ByName<CatalogType>; tables: ByName<CatalogTable> }>();

function arrangementOf(catalog: Catalog) {
  const known = arranged.get(catalog);
  if (known) return known;
  const arrangement = { types: byName(catalog.types ?? []), tables: byName(catalog.tables) };
  arranged.set(catalog, arrangement);
  return arrangement;
}

function byName<T extends { name: string }>(things: readonly T[]): ByName<T> {
  const map = new Map<string, T[]>();
  for (const thing of things) {
    const same = map.get(thing.name);
    if (same) same.push(thing);
    else map.set(thing.name, [thing]);
  }
  return map;
}

function find<T extends { schema: string }>(things: ByName<T>, catalog: Catalog, type: string): T | undefined {
  const { name, schema } = parseTypeText(type);
  return things.get(name)?.find((thing) => isHome(catalog, thing.schema, schema));
}

function isHome(catalog: Catalog, home: string, written: string | undefined): boolean {
  return written === undefined ? catalog.schemas.includes(home) : home === written;
}
