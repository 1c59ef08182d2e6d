import { Client, type ClientConfig } from 'pg';
import type { ResultColumn, TextResult } from './compare-result';
import { orderedQuery } from './order-keys';
import { sqlTokens } from './sql-tokens';

/** Runs queries on a connection of its own and keeps every value as the text that PostgreSQL printed. */
export class GoldRunner {
  private readonly typeNames = new Map<string, string>();

  private constructor(private readonly client: Client) {}

  /** Unqualified names are looked up in the schemas, in their order. */
  static async connect(
    config: ClientConfig | string,
    schema: string | readonly string[] = 'public',
  ): Promise<GoldRunner> {
    const path = [schema].flat().map((name) => `"${name.replaceAll('"', '""')}"`);
    const text = { types: { getTypeParser: () => (value: string) => value } };
    const client = new Client(
      typeof config === 'string' ? { connectionString: config, ...text } : { ...config, ...text },
    );
    await client.connect();
    await client.query(`SET default_transaction_read_only = on; SET statement_timeout = '30s'; SET TimeZone = 'UTC';
      SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'; SET search_path = ${path.join(', ')}`);
    return new GoldRunner(client);
  }

  async run(sql: string): Promise<TextResult> {
    const result = await this.client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
    const columns: ResultColumn[] = [];
    for (const field of result.fields)
      columns.push({ name: field.name, type: await this.typeName(field.dataTypeID, field.dataTypeModifier) });
    return { columns, rows: result.rows, ordered: isOrdered(sql) };
  }

  /** The result, or undefined when the query does not run. */
  async tryRun(sql: string): Promise<TextResult | undefined> {
    return this.run(sql).catch(() => undefined);
  }

  /**
   * To which run of equal sort keys each row of an ordered result belongs: within one any order is right. Undefined
   * when the keys cannot be told, as with those of a UNION that are no columns of it.
   */
  async tieGroups(sql: string, { columns, rows }: TextResult): Promise<number[] | undefined> {
    const query = orderedQuery(sql);
    if (!query) return undefined;
    const expressions: string[] = [];
    const places = query.keys.map((key) => {
      const place = 'expression' in key ? -1 : placeOf(key.column, columns);
      if (place >= 0) return place;
      expressions.push('expression' in key ? key.expression : String(key.column));
      return columns.length + expressions.length - 1;
    });
    const wide = expressions.length > 0 ? query.withColumns(expressions) : sql;
    const keyed = expressions.length > 0 ? wide && (await this.tryRun(wide))?.rows : rows;
    if (!keyed || keyed.length !== rows.length) return undefined;
    return groupsOf(keyed.map((row) => JSON.stringify(places.map((place) => row[place]))));
  }

  /** The schemas of the database that are not PostgreSQL's own. */
  async schemas(): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      `SELECT nspname::text AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }

  /** The columns of each table of a schema. */
  async columnsByTable(schema = 'public'): Promise<string[][]> {
    const { rows } = await this.client.query<{ columns: string }>(
      `SELECT json_agg(column_name ORDER BY ordinal_position)::text AS columns
         FROM information_schema.columns WHERE table_schema = $1 GROUP BY table_name ORDER BY table_name`,
      [schema],
    );
    return rows.map(({ columns }) => JSON.parse(columns) as string[]);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  private async typeName(oid: number, modifier: number): Promise<string> {
    const key = `${oid} ${modifier}`;
    const known = this.typeNames.get(key);
    if (known) return known;
    const { rows } = await this.client.query<{ name: string }>('SELECT format_type($1, $2) AS name', [oid, modifier]);
    const name = rows[0]?.name ?? '???';
    this.typeNames.set(key, name);
    return name;
  }
}

function placeOf(column: string | number, columns: readonly ResultColumn[]): number {
  return typeof column === 'number' ? column : columns.findIndex(({ name }) => name === column);
}

function groupsOf(keys: readonly string[]): number[] {
  let group = 0;
  return keys.map((key, at) => (at > 0 && key !== keys[at - 1] ? ++group : group));
}

/** Whether ORDER BY stands outside of every bracket. */
export function isOrdered(sql: string): boolean {
  let depth = 0;
  const words = sqlTokens(sql).filter(({ kind }) => kind !== 'space');
  return words.some(({ text }, i) => {
    if (text === '(') depth++;
    if (text === ')') depth--;
    return depth === 0 && text.toUpperCase() === 'ORDER' && words[i + 1]?.text.toUpperCase() === 'BY';
  });
}
