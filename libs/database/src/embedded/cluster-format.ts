import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error';

/** Rises when a Memori can no longer use what an earlier one laid out in the data directory. */
const FORMAT = 1;
const FILE = 'format.json';

/** Throws when the data was made by another PostgreSQL or a Memori whose layout this one does not know. */
export function checkFormat(dataDir: string, cluster: string, majorVersion: string): void {
  const format = readFormat(join(dataDir, FILE));
  if (format !== undefined && format !== FORMAT)
    throw new StartError(
      `The data directory ${dataDir} has layout ${format}; this Memori knows layout ${FORMAT}. ${wayOut(format > FORMAT)}`,
    );
  const made = readVersion(cluster);
  if (made !== undefined && made !== majorVersion)
    throw new StartError(
      `The data in ${cluster} was made by PostgreSQL ${made}; this Memori brings PostgreSQL ${majorVersion} and does not convert it. ${wayOut(Number(made) > Number(majorVersion))}`,
    );
}

export function writeFormat(dataDir: string): void {
  writeFileSync(join(dataDir, FILE), `${JSON.stringify({ format: FORMAT })}\n`);
}

function readVersion(cluster: string): string | undefined {
  const path = join(cluster, 'PG_VERSION');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function readFormat(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return Number((JSON.parse(readFileSync(path, 'utf8')) as { format?: unknown }).format);
  } catch {
    return NaN;
  }
}

function wayOut(isNewer: boolean): string {
  const version = isNewer ? 'a newer Memori' : 'the Memori that made it';
  return (
    `Nothing was changed. Start ${version}, or name another MEMORI_DATA_DIR to begin afresh, ` +
    'or dump the data with that version and restore it into a PostgreSQL of your own (MEMORI_DATABASE_URL).'
  );
}
