import type { GoldRunner } from '@memori/golds';
import { findColumn, type Catalog } from '@memori/text2sql';

const OTHERS = 3;

/** What the columns of a database hold, asked of the database itself. */
export class StoredValues {
  private readonly known = new Map<string, Promise<string | undefined>>();

  private readonly some = new Map<string, Promise<string[]>>();

  constructor(private readonly runner: GoldRunner) {}

  /** The value as its column spells it, by the rule that a verified query is matched by. */
  lookUp(catalog: Catalog, path: string, value: string): Promise<string | undefined> {
    const key = JSON.stringify([catalog.schemas, path, value]);
    const known = this.known.get(key) ?? this.spelling(catalog, path, value);
    this.known.set(key, known);
    return known;
  }

  /** A few other values of a column, always the same ones. */
  async others(catalog: Catalog, path: string, value: string): Promise<string[]> {
    const key = JSON.stringify([catalog.schemas, path]);
    const some = this.some.get(key) ?? this.someOf(catalog, path);
    this.some.set(key, some);
    return (await some).filter((other) => other.toLowerCase() !== value.toLowerCase()).slice(0, OTHERS);
  }

  /** Whether two statements have the same rows, and any. */
  async giveTheSame(catalog: Catalog, left: string, right: string): Promise<boolean> {
    const path = catalog.schemas.map(name).join(', ');
    await this.runner.tryRun(`SET search_path = ${path}`);
    const [a, b] = [await this.runner.tryRun(left), await this.runner.tryRun(right)];
    if (!a || !b || a.rows.length === 0) return false;
    const sorted = (rows: readonly (readonly (string | null)[])[]) => rows.map((row) => JSON.stringify(row)).sort();
    return JSON.stringify(sorted(a.rows)) === JSON.stringify(sorted(b.rows));
  }

  private async someOf(catalog: Catalog, path: string): Promise<string[]> {
    const place = placeOf(catalog, path);
    if (!place) return [];
    const sql = `SELECT v FROM (SELECT DISTINCT ${place.column}::text AS v FROM ${place.table}) AS d
      WHERE btrim(v) = v AND v <> '' AND length(v) <= 60 ORDER BY md5(v) LIMIT ${OTHERS + 1}`;
    return ((await this.runner.tryRun(sql))?.rows ?? []).map(([text]) => text ?? '');
  }

  private async spelling(catalog: Catalog, path: string, value: string): Promise<string | undefined> {
    const place = placeOf(catalog, path);
    if (!place) return undefined;
    const sql = `SELECT DISTINCT ${place.column}::text FROM ${place.table}
      WHERE lower(${place.column}::text) = lower(${literal(value)}) LIMIT 10`;
    const spellings = ((await this.runner.tryRun(sql))?.rows ?? []).map(([text]) => text ?? '');
    return spellings.find((text) => text === value) ?? (spellings.length === 1 ? spellings[0] : undefined);
  }
}

function placeOf(catalog: Catalog, path: string): { table: string; column: string } | undefined {
  const found = findColumn(catalog, path);
  if (!found) return undefined;
  return { table: `${name(found.table.schema)}.${name(found.table.name)}`, column: name(found.column) };
}

function name(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
