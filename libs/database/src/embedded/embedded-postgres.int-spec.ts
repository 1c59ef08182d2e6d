import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from './embedded-postgres';
import { withClient } from './roles';

it('starts, stops and starts again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'memori-embedded-'));
  let t = Date.now();
  let server = await EmbeddedPostgres.start({ directory });
  console.log('cold', Date.now() - t); 
  await withClient(server.configFor('owner'), (client) => client.query('CREATE TABLE kept (a int)'));
  await server.stop();
  t = Date.now();
  server = await EmbeddedPostgres.start({ directory });
  console.log('warm', Date.now() - t); 
  await withClient(server.configFor('owner'), (client) => client.query('SELECT * FROM kept'));
  await server.stop();
}, 60000);
