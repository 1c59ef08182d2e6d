import type { Env } from '@memori/config';
import { EmbeddedPostgres, scrub, type ScrubReport, withClient } from '@memori/database';
import type { Terminal } from './terminal';

export const SCRUB_HELP = `Usage: npm run memori -- scrub

Removes from the files of the embedded PostgreSQL what was forgotten before: tables and indexes are written anew, and the
log of changes before that is removed. Stop Memori first. What was forgotten is out of reach of every query at once; this is
for the bytes on the disk. Backups, snapshots and blocks of deleted files that the disk still holds are out of its reach.

With MEMORI_DATABASE_URL the files are not Memori's: run VACUUM FULL and REINDEX there, and see to its log and archives.

Exit codes: 0 done · 1 an error · 2 wrong usage
`;

/** The database whose files are meant is not ours. */
export class NotEmbeddedError extends Error {
  constructor() {
    super(
      "MEMORI_DATABASE_URL names a database whose files are not Memori's. Run VACUUM (FULL) and REINDEX DATABASE there as its " +
        'superuser, and let its log (WAL), archives and replicas run out.',
    );
  }
}

export async function scrubEmbedded(env: Env, terminal: Terminal): Promise<number> {
  if (env.MEMORI_DATABASE_URL) throw new NotEmbeddedError();
  const server = await EmbeddedPostgres.start({ directory: env.MEMORI_DATA_DIR, settings: { wal_recycle: 'off' } });
  try {
    const report = await withClient(server.superuserConfig, (client) =>
      scrub(client, (step) => terminal.err(`${step}\n`)),
    );
    terminal.out(reportText(report, server.location));
    return 0;
  } finally {
    await server.stop();
  }
}

function reportText(report: ScrubReport, location: string): string {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return [
    `Nothing that was forgotten is left in the files of ${location}.`,
    `  tables and indexes  ${megabytes(report.tablesBefore)} before, ${megabytes(report.tablesAfter)} now`,
    `  log of changes      ${megabytes(report.walBefore)} before, ${megabytes(report.walAfter)} now`,
    'Out of reach: backups, snapshots, and blocks of deleted files that the disk still holds.\n',
  ].join('\n');
}
