import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from './embedded/embedded-postgres';
import { withClient } from './embedded/roles';
import { scrub } from './scrub';

const SECRET = 'zirkon7f3a';
let directory: string;

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'memori-scrub-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The files below that hold the bytes of the word. */
function filesWith(word: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(word);
  });
}

it('leaves no trace of what was erased in the files of the cluster, and all of what was not', async () => {
  const server = await EmbeddedPostgres.start({ directory, settings: { wal_recycle: 'off' } });
  const folders = [server.location, directory];
  const everywhere = (word: string) => folders.flatMap((folder) => filesWith(word, folder));
  try {
    await withClient(server.configFor('owner'), async (client) => {
      await client.query('CREATE TABLE said (id int PRIMARY KEY, content text)');
      await client.query('CREATE INDEX ON said (content)');
      await client.query(
        `INSERT INTO said SELECT n, CASE n % 2 WHEN 0 THEN 'kept2b9c ' ELSE '${SECRET} ' END || n FROM generate_series(1, 500) n`,
      );
      await client.query('ANALYZE said');
      await client.query(`DELETE FROM said WHERE content LIKE '${SECRET}%'`);
      await client.query('CHECKPOINT').catch(() => undefined); // an owner may not everywhere
    });
    expect(everywhere(SECRET)).not.toEqual([]);

    const report = await withClient(server.superuserConfig, (client) => scrub(client));

    expect(everywhere(SECRET)).toEqual([]);
    expect(everywhere('kept2b9c')).not.toEqual([]);
    expect(report.walAfter).toBeLessThanOrEqual(report.walBefore);
  } finally {
    await server.stop();
  }
}, 120_000);

it('refuses what would be half of it', async () => {
  const server = await EmbeddedPostgres.start({ directory });
  try {
    await expect(withClient(server.configFor('owner'), (client) => scrub(client))).rejects.toThrow('Only a superuser');
    await expect(withClient(server.superuserConfig, (client) => scrub(client))).rejects.toThrow('wal_recycle');
  } finally {
    await server.stop();
  }
}, 60_000);
