import { listOf, namesIn, offsetOf, unwrap, type Fields } from '../tree/pg-node';
import { nearestNames } from './nearest-names';
import { quoteName } from './quote-name';
import type { Resolution } from './resolution';
import type { Field, RangeItem, Scope } from './scope';
import { findColumn, findField, findItem, itemNamesInScope, namesInScope, type Found } from './scope-lookup';
import { isSystemColumn, isSystemSchema } from './system-relations';

/** Tables told of that have a column which the FROM clause lacks. */
const MOST_OWNERS = 3;

/** Finds what a ColumnRef means and says what is wrong with it. Reading it is recorded by `read`. */
export class ColumnReferences {
  constructor(private readonly resolution: Resolution) {}

  /** The column or row that is named; undefined where it is not known or wrong. */
  find(reference: Fields, scope: Scope): Field | undefined {
    const names = namesIn(reference['fields']);
    const offset = offsetOf(reference);
    const [first = '', second = '', third = ''] = names;
    if (names.length === 1) return this.bare(first, scope, offset);
    if (names.length > 3) return this.tooLong(names, offset);
    const item =
      names.length === 2 ? this.item(first, undefined, scope, offset) : this.item(second, first, scope, offset);
    return item && this.ofItem(item, names.length === 2 ? second : third, scope, offset);
  }

  /** Finds and records. */
  read(reference: Fields, scope: Scope): Field | undefined {
    if (isStar(reference)) {
      for (const item of this.starItems(reference, scope)) this.readAll(item.fields, offsetOf(reference));
      return undefined;
    }
    const field = this.find(reference, scope);
    if (field) this.record(field, offsetOf(reference));
    return field;
  }

  /** A whole row reads all its columns. */
  record(field: Field, offset: number): void {
    this.resolution.usage.read(field);
    if (field.row && field.reads.length === 0) this.readAll(field.row, offset);
  }

  /** Refused where PostgreSQL would refuse it: the role may read some columns of the table and not others. */
  readAll(fields: readonly Field[], offset: number): void {
    this.resolution.usage.readAll(fields);
    for (const { hiddenIn } of fields) {
      if (!hiddenIn) continue;
      const message = `Some columns of ${quoteName(hiddenIn.name)} may not be read, so * and its row as a whole are refused; name the columns.`;
      this.resolution.findings.add('column-not-readable', message, offset);
    }
  }

  /** The FROM entries that `*`, `t.*` or `schema.t.*` stands for. */
  starItems(reference: Fields, scope: Scope): RangeItem[] {
    const names = namesIn(reference['fields']).slice(0, -1);
    if (names.length === 0) return scope.items.filter((item) => item.isBare);
    const offset = offsetOf(reference);
    if (names.length > 2) return this.tooLong(names, offset) ?? [];
    const schema = names.length === 2 ? names[0] : undefined;
    const item = this.item(names.at(-1) ?? '', schema, scope, offset);
    return item ? [item] : [];
  }

  private bare(name: string, scope: Scope, offset: number): Field | undefined {
    const found = findColumn(scope, name);
    if (found?.kind === 'field') return found.field;
    if (found?.kind === 'ambiguous') return this.ambiguous(name, scope, offset);
    const row = findItem(scope, name);
    if (row?.kind === 'item') return wholeRow(row.item);
    if (found?.kind === 'open') return undefined;
    return this.unknownColumn(name, hasTable(scope), namesInScope(scope), offset);
  }

  private ofItem(item: RangeItem, name: string, scope: Scope, offset: number): Field | undefined {
    const found: Found | undefined = findField(item, name);
    if (found?.kind === 'field') return found.field;
    if (found?.kind === 'ambiguous') return this.ambiguous(name, scope, offset);
    if (found?.kind === 'open' && !isSystemColumn(name)) return undefined;
    const known = item.fields.map((field) => field.name);
    const place = item.name === undefined ? '' : ` in ${quoteName(item.name)}`;
    return this.unknownColumn(name, item.isTable === true, known, offset, place);
  }

  private item(name: string, schema: string | undefined, scope: Scope, offset: number): RangeItem | undefined {
    const found = findItem(scope, name, schema);
    if (found?.kind === 'item') return found.item;
    const written = [schema, name].flatMap((part) => (part === undefined ? [] : [quoteName(part)])).join('.');
    const { findings } = this.resolution;
    if (found) {
      findings.add(
        'ambiguous-relation',
        `${written} means several tables of this FROM clause; give them aliases.`,
        offset,
      );
    } else if (schema !== undefined && isSystemSchema(schema)) {
      findings.add('system-relation', `${written} belongs to PostgreSQL itself and is not allowed.`, offset);
    } else {
      const near = findings.mayBeSuggested ? nearestNames(name, itemNamesInScope(scope)) : [];
      const candidates = near.length > 0 ? near : [...itemNamesInScope(scope)].slice(0, 5).map(quoteName);
      findings.add(
        'unknown-relation',
        `There is no table or alias ${written} in this FROM clause.`,
        offset,
        candidates,
      );
    }
    return undefined;
  }

  private ambiguous(name: string, scope: Scope, offset: number): undefined {
    const owners = scope.items.filter((item) => item.isNamed && item.fields.some((field) => field.name === name));
    const candidates = owners.flatMap((item) => (item.name ? [`${quoteName(item.name)}.${quoteName(name)}`] : []));
    this.resolution.findings.add(
      'ambiguous-column',
      `The column ${quoteName(name)} is in several tables.`,
      offset,
      candidates,
    );
    return undefined;
  }

  private unknownColumn(
    name: string,
    ofTable: boolean,
    known: Iterable<string>,
    offset: number,
    place = '',
  ): undefined {
    const { findings } = this.resolution;
    const written = quoteName(name);
    if (ofTable && isSystemColumn(name)) {
      findings.add('system-column', `${written} is a system column and is not allowed.`, offset);
    } else {
      const candidates = findings.mayBeSuggested ? this.candidates(name, known) : [];
      findings.add('unknown-column', `There is no column ${written}${place}.`, offset, candidates);
    }
    return undefined;
  }

  /** What is spelt like it here; then the tables that have it, which a join may be missing. */
  private candidates(name: string, known: Iterable<string>): string[] {
    const { index } = this.resolution;
    const owners = index.tablesWithColumn(name).map((table) => {
      const home = index.schemas.length > 1 ? `${quoteName(table.schema)}.` : '';
      return `${home}${quoteName(table.name)}.${quoteName(name)}`;
    });
    return [...new Set([...nearestNames(name, known), ...owners.slice(0, MOST_OWNERS)])];
  }

  private tooLong(names: readonly string[], offset: number): undefined {
    const written = names.map(quoteName).join('.');
    this.resolution.findings.add('unsupported-construct', `${written} names a database, which is not allowed.`, offset);
    return undefined;
  }
}

/** Whether a ColumnRef ends in `*`. */
export function isStar(reference: Fields): boolean {
  return unwrap(listOf(reference['fields']).at(-1))?.type === 'A_Star';
}

function wholeRow(item: RangeItem): Field {
  return { name: item.name ?? '', reads: [], row: item.fields, ...(item.isOpen && { isOpenRow: true }) };
}

function hasTable(scope: Scope | undefined): boolean {
  for (let level = scope; level; level = level.parent) if (level.items.some((item) => item.isTable)) return true;
  return false;
}
