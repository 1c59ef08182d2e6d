/** What is wrong enough to stop the start, and what is worth a warning. */
export interface Findings {
  readonly errors: string[];
  readonly warnings: string[];
}

/** The version that the database has, and the one that its server could give it. */
export interface ExtensionFact {
  readonly installed: string | null;
  readonly available: string | null;
}

export type ExtensionFacts = Readonly<Record<'plpgsql' | 'vector', ExtensionFact>>;

/** What this configuration wants of the database beyond its core. */
export interface ExtensionNeeds {
  /** An embedding provider is configured. Without one no vector is ever stored, and pgvector is of no use. */
  readonly vectors: boolean;
}

/** HNSW indexes came with pgvector 0.5. */
const OLDEST_VECTOR = '0.5.0';

/**
 * PL/pgSQL is what the SQL functions of the migrations are written in. pgvector is never needed: without it vectors are
 * compared one by one, which is exact and, up to some hundred thousand, fast enough.
 */
export function judgeExtensions({ plpgsql, vector }: ExtensionFacts, { vectors }: ExtensionNeeds): Findings {
  const errors = plpgsql.installed
    ? []
    : [
        'The extension plpgsql, which Memori\'s functions are written in, is missing in this database: run "CREATE EXTENSION plpgsql" there as its owner.',
      ];
  return { errors, warnings: vectors ? vectorWarnings(vector) : [] };
}

function vectorWarnings({ installed, available }: ExtensionFact): string[] {
  if (installed && !isOlder(installed, OLDEST_VECTOR)) return [];
  const exact =
    'vectors will be compared one by one (exact search), which is slow beyond some hundred thousand memories';
  if (installed)
    return [
      `pgvector ${installed} has no HNSW index, so ${exact}. Update it to ${OLDEST_VECTOR} or later: ALTER EXTENSION vector UPDATE.`,
    ];
  if (available)
    return [
      `An embedding provider is set and pgvector ${available} is there but not in this database, so ${exact}. To have an index: CREATE EXTENSION vector.`,
    ];
  return [
    `An embedding provider is set and this server has no pgvector, so ${exact}. To have an index, install pgvector on the server and run CREATE EXTENSION vector.`,
  ];
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
