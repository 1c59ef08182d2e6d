/** How much of the data the model may see: nothing, a few harmless values, or values of every column. */
export type SampleValues = 'off' | 'safe' | 'all';
export const SAMPLE_VALUES = ['off', 'safe', 'all'] as const satisfies readonly SampleValues[];

/** `require` encrypts and trusts any certificate; `verify-ca` and `verify-full` check it against the system's authorities. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const satisfies readonly SslMode[];

/** Something that the administrator ought to know about a data source. */
export interface Finding {
  /** Stable, for programs: `role-superuser`, `table-without-primary-key`, … */
  code: string;
  severity: 'info' | 'warning';
  /** For people: what, where, and what to do. */
  message: string;
}

/** A data source as the rest of Memori handles it. It holds no password: only Connections reads that. */
export interface DataSourceRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly dialect: 'postgresql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly ssl: SslMode;
  /** The effective schemas, in the order in which unqualified names are looked up. */
  readonly schemas: string[];
  /** What the administrator asked for; null: every schema that holds a readable table. */
  readonly wantedSchemas: string[] | null;
  readonly description: string | null;
  readonly sampleValues: SampleValues;
  readonly timeZone: string | null;
  /** In which the model is asked what people call tables and columns; BCP 47. */
  readonly languages: string[];
  /** Whether the model may see a few rows of results. */
  readonly shareRows: boolean;
  /** Version of the catalogue; null before the first successful introspection. */
  readonly version: string | null;
  /** Rises whenever the stored catalogue is written, be it for samples alone. */
  readonly catalogRevision: number;
  /** Rises with every change of its glossary: what was made with an older one is old. 0 when there never was an entry. */
  readonly glossaryVersion: number;
  /** Rises whenever address, credentials or ssl change: pools of an older one are closed. */
  readonly connectionRevision: number;
  /** Number of tables and views. */
  readonly tables: number;
  readonly findings: Finding[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A data source as clients see it. */
export interface DataSourceView {
  id: string;
  name: string;
  dialect: 'postgresql';
  host: string;
  port: number;
  database: string;
  username: string;
  schemas: string[];
  description: string | null;
  ssl: SslMode;
  sampleValues: SampleValues;
  timeZone: string | null;
  languages: string[];
  shareRows: boolean;
  version: string | null;
  /** Number of tables and views. */
  tables: number;
  findings: Finding[];
  createdAt: string;
  updatedAt: string;
}

/** What a new data source is made from. */
export interface DataSourceInput {
  name: string;
  dialect: string;
  url: string;
  schemas?: string[] | null;
  description?: string | null;
  ssl?: boolean | SslMode | null;
  sampleValues?: SampleValues | null;
  timeZone?: string | null;
  languages?: string[] | null;
  shareRows?: boolean | null;
}

/** A JSON merge patch: what is absent stays, null goes back to the default. */
export type DataSourcePatch = Partial<DataSourceInput>;

/** What `test` found out. `ok: false` comes with the code and message of the failure. */
export interface DataSourceTest {
  ok: boolean;
  latencyMs: number;
  serverVersion: string | null;
  findings: Finding[];
  error?: { code: string; message: string };
}

export function viewOf(record: DataSourceRecord): DataSourceView {
  const { id, name, dialect, host, port, database, username, schemas, description, ssl, sampleValues } = record;
  const { timeZone, languages, shareRows, version, tables, findings, createdAt, updatedAt } = record;
  return {
    id,
    name,
    dialect,
    host,
    port,
    database,
    username,
    schemas,
    description,
    ssl,
    sampleValues,
    timeZone,
    languages,
    shareRows,
    version,
    tables,
    findings,
    createdAt,
    updatedAt,
  };
}
