import { createInterface } from 'node:readline';
import { EmbeddedPostgres } from '@memori/database';

/**
 * A process that runs the embedded PostgreSQL, for tests that kill it: says on stdout, in JSON, what it started or why
 * it could not; stops at the end of its input.
 */
async function main(options: { directory: string; packageDir?: string; sharedRoot?: string }): Promise<void> {
  const server = await EmbeddedPostgres.start(options);
  const { location, socketDir, pid, runsAs, foundOrphan } = server;
  process.stdout.write(
    `${JSON.stringify({ location, socketDir, pid, runsAs, foundOrphan, owner: server.configFor('owner') })}\n`,
  );
  createInterface({ input: process.stdin }).on('close', () => void server.stop().then(() => process.exit(0)));
}

main(JSON.parse(process.argv[2] as string) as { directory: string }).catch((error: Error) => {
  process.stdout.write(`${JSON.stringify({ error: error.message, name: error.name })}\n`, () => process.exit(1));
});
