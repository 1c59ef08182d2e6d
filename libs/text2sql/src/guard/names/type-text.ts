/** `public.mood[]`, `numeric(10,2)`, `timestamp with time zone`, `"My Type"` by their bare names. */
export function parseTypeText(text: string): { name: string; schema?: string } {
  const sqlName = SQL_NAMES[text.replace(/\(.*?\)/g, '').replace(/(\[\])+$/, '')];
  if (sqlName !== undefined) return { name: sqlName };
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)/gu)].slice(0, 2);
  const names = parts.map((part) => part[1]?.replaceAll('""', '"') ?? part[2] ?? '');
  const hasSchema = names.length === 2 && /^(?:"(?:[^"]|"")*"|[^."]+)\./.test(text);
  return hasSchema ? { schema: names[0] ?? '', name: names[1] ?? '' } : { name: names[0] ?? '' };
}

const SQL_NAMES: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  'double precision': 'float8',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'bit varying': 'varbit',
  '"char"': 'char',
};
