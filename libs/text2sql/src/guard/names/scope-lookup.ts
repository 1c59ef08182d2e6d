import type { Cte, CteScope, Field, RangeItem, Scope } from './scope';

export type Found = { kind: 'field'; field: Field; item: RangeItem } | { kind: 'ambiguous' } | { kind: 'open' };

/** Finds a bare column name as PostgreSQL does: the innermost query that has it, where only one entry may. */
export function findColumn(scope: Scope | undefined, name: string): Found | undefined {
  let isOpen = false;
  for (let level = scope; level; level = level.parent) {
    const items = level.items.filter((item) => item.isBare);
    const found = only(items.flatMap((item) => fieldsNamed(item, name)));
    if (found) return found;
    isOpen ||= items.some((item) => item.isOpen);
  }
  return isOpen ? { kind: 'open' } : undefined;
}

/** Finds a column of one entry. */
export function findField(item: RangeItem, name: string): Found | undefined {
  return only(fieldsNamed(item, name)) ?? (item.isOpen ? { kind: 'open' } : undefined);
}

export type FoundItem = { kind: 'item'; item: RangeItem } | { kind: 'ambiguous' };

/** Finds the FROM entry that `name.` or `schema.name.` means. */
export function findItem(scope: Scope | undefined, name: string, schema?: string): FoundItem | undefined {
  for (let level = scope; level; level = level.parent) {
    const items = level.items.filter((item) => isCalled(item, name, schema));
    const [item] = items;
    if (item) return items.length > 1 ? { kind: 'ambiguous' } : { kind: 'item', item };
  }
  return undefined;
}

function isCalled(item: RangeItem, name: string, schema: string | undefined): boolean {
  if (!item.isNamed) return false;
  if (schema === undefined) return item.name === name;
  return item.relation?.schema === schema && item.relation.name === name;
}

function fieldsNamed(item: RangeItem, name: string): { field: Field; item: RangeItem }[] {
  return item.fields.filter((field) => field.name === name).map((field) => ({ field, item }));
}

function only(found: { field: Field; item: RangeItem }[]): Found | undefined {
  const [first] = found;
  if (!first) return undefined;
  return found.length > 1 ? { kind: 'ambiguous' } : { kind: 'field', ...first };
}

/** Every name that could have been written instead of a wrong bare one. */
export function* namesInScope(scope: Scope | undefined): Iterable<string> {
  for (let level = scope; level; level = level.parent) {
    for (const item of level.items) for (const field of item.fields) yield field.name;
  }
}

export function* itemNamesInScope(scope: Scope | undefined): Iterable<string> {
  for (let level = scope; level; level = level.parent) {
    for (const item of level.items) if (item.name !== undefined && item.isNamed) yield item.name;
  }
}

export function findCte(scope: CteScope | undefined, name: string): Cte | undefined {
  for (let level = scope; level; level = level.parent) {
    const cte = level.ctes.get(name);
    if (cte) return cte;
  }
  return undefined;
}

export function* cteNames(scope: CteScope | undefined): Iterable<string> {
  for (let level = scope; level; level = level.parent) yield* level.ctes.keys();
}
