import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { configOf } from './own-database';
import { checkServer } from './start-checks';

let database: EmptyDatabase;
beforeEach(async () => void (database = await emptyDatabase('SELECT 1')));
afterEach(() => database.close());

describe('the check of a server that is there', () => {
  it('has nothing to say about the extensions where no vectors are made', async () => {
    const warnings = await checkServer(configOf(database.url), { vectors: false });

    expect(warnings.join()).not.toMatch(/pgvector|plpgsql/);
  });

  it('says what follows when vectors are wanted and pgvector is not there', async () => {
    const warnings = await checkServer(configOf(database.url), { vectors: true });

    expect(warnings).toContainEqual(expect.stringMatching(/no pgvector.*exact search/));
  });
});

describe('a database that lacks what is needed', () => {
  it('stops the start with the statement that mends it', async () => {
    await database.close();
    database = await emptyDatabase('DROP EXTENSION plpgsql');

    await expect(checkServer(configOf(database.url), { vectors: false })).rejects.toThrow(/CREATE EXTENSION plpgsql/);
  });
});
