import { GoldRunner } from '@memori/golds';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { readCatalog, SqlGuard } from '@memori/text2sql';
import { pairCases } from '../cache-evaluation';
import { schemaMap } from '../schema-map';
import { SourceCatalogs } from '../source-catalogs';
import { knownPairs } from './known-questions';
import { evaluateReasks } from './reask-evaluation';
import { StoredValues } from './stored-values';

let database: EmptyDatabase;
let runner: GoldRunner;
const guard = new SqlGuard();

beforeAll(async () => {
  database = await emptyDatabase(`CREATE SCHEMA shop; CREATE TABLE shop.people (name text, city text, age int);
    INSERT INTO shop.people VALUES ('Ada', 'Paris', 30), ('Bob', 'Rome', 40), ('Cy', 'St. Ives', 50), ('Di', 'Rome', 60);`);
  runner = await GoldRunner.connect(database.url);
}, 30_000);
afterAll(async () => {
  await runner?.close();
  await guard.onApplicationShutdown();
  await database?.close();
});

async function evaluate(pairs: { a: string; b: string; sql_a: string; sql_b: string }[]) {
  const records = pairs.map((pair, i) => ({ fields: { db_id: 'Shop', label: 0, ...pair }, place: `p:${i + 1}` }));
  const whole = await readCatalog(database.url);
  const place = {
    catalogs: new SourceCatalogs(whole, schemaMap('lower(db_id)', whole.schemas)),
    guard,
    values: new StoredValues(runner),
  };
  return evaluateReasks(knownPairs(records, pairCases(records)), place, () => undefined);
}

const BY_CITY = {
  a: 'Who lives in Paris?',
  sql_a: "SELECT name FROM people WHERE city = 'Paris'",
};

it('asks with the other values that are stored, and counts what its own SQL answers', async () => {
  const { metrics, skipped, items } = await evaluate([
    { ...BY_CITY, b: 'How many are older than 35?', sql_b: 'SELECT count(*) FROM people WHERE age > 35' },
    { ...BY_CITY, b: 'How many are there?', sql_b: 'SELECT count(*) FROM people' },
  ]);

  expect(metrics['verifiedQueries']?.value).toBe(2);
  expect(metrics['verifiedReasks']?.value).toBe(5);
  expect(metrics['verifiedServed']?.value).toBe(1);
  expect(metrics['verifiedFalse']?.value).toBe(0);
  expect(items.map(({ question }) => question)).toEqual(
    expect.arrayContaining(['Who lives in St. Ives?', 'How many are older than 36?']),
  );
  expect(skipped.map(({ reason }) => reason)).toEqual(['no value stands in it']);
});

it('finds the question that another query would answer wrongly', async () => {
  const { metrics, items } = await evaluate([
    { ...BY_CITY, b: 'Who lives in Rome?', sql_b: "SELECT name FROM people WHERE city = 'Rome' AND age > 50" },
  ]);

  expect(metrics['verifiedFalse']?.value).toBe(1);
  expect(items.find(({ wrong }) => wrong)).toMatchObject({ kind: 'cross', question: 'Who lives in Rome?' });
});
