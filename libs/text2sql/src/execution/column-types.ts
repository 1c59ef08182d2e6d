import { readSql } from '@memori/database';
import type { WireColumn } from './extended-query';

/** A column's type: its name for people, and what its values are made of. */
export interface ColumnType {
  /** As `format_type()` prints it. */
  readonly name: string;
  /** Object id beneath all domains. */
  readonly baseId: number;
  /** Of an array. */
  readonly element?: ColumnType;
  /** Between the elements of an array: a comma but for boxes. */
  readonly delimiter?: string;
}

/** The rows of column-types.sql. */
export interface TypeRow {
  readonly id: string;
  readonly base: string;
  readonly element: string;
  readonly delimiter: string;
}

export interface NameRow {
  readonly key: string;
  readonly name: string;
}

const PARTS = readSql(__dirname, 'column-types.sql');
/** Object ids below are assigned by hand and are the same on every server. */
const FIRST_LOCAL_ID = 10_000;
const MAX_CACHED = 5000;

/** Types that every server has, once learnt. Others are asked for each time: an owner may change them. */
export class ColumnTypes {
  private readonly builtin = new Map<string, ColumnType>();

  /** Two statements that describe the types of `columns` not known yet; undefined when all are. */
  question(columns: readonly WireColumn[]): string | undefined {
    const unknown = columns.filter((column) => !this.builtin.has(keyOf(column)));
    if (unknown.length === 0) return undefined;
    const pairs = unknown.map(({ typeId, modifier }) => `(${Number(typeId)}, ${Number(modifier)})`).join(',');
    const ids = unknown.map(({ typeId }) => Number(typeId)).join(',');
    const names = `SELECT DISTINCT oid || ':' || modifier AS key, pg_catalog.format_type(oid::pg_catalog.oid, modifier) AS name
      FROM (VALUES ${pairs}) AS t (oid, modifier)`;
    return `${names};${PARTS.replace(':oids', `'{${ids}}'`)}`;
  }

  /** The types of `columns`, with the answer to `question`, if one was asked. */
  resolve(
    columns: readonly WireColumn[],
    names: readonly NameRow[] = [],
    parts: readonly TypeRow[] = [],
  ): ColumnType[] {
    const nameByKey = new Map(names.map(({ key, name }) => [key, name]));
    const partById = new Map(parts.map((part) => [Number(part.id), part]));
    return columns.map((column) => {
      const key = keyOf(column);
      const known = this.builtin.get(key);
      if (known) return known;
      const type = { ...composed(column.typeId, partById), name: nameByKey.get(key) ?? '???' };
      this.remember(column, key, type);
      return type;
    });
  }

  private remember(column: WireColumn, key: string, type: ColumnType): void {
    if (column.typeId >= FIRST_LOCAL_ID) return;
    if (this.builtin.size >= MAX_CACHED) this.builtin.clear();
    this.builtin.set(key, type);
  }
}

function composed(id: number, parts: ReadonlyMap<number, TypeRow>): ColumnType {
  const part = parts.get(id);
  if (!part) return { name: '', baseId: id };
  if (Number(part.base) !== 0) return composed(Number(part.base), parts);
  if (Number(part.element) === 0) return { name: '', baseId: id };
  return { name: '', baseId: id, element: composed(Number(part.element), parts), delimiter: part.delimiter };
}

function keyOf({ typeId, modifier }: WireColumn): string {
  return `${typeId}:${modifier}`;
}
