import { Client } from 'pg';
import { currentAddress } from '../database/cluster-address';
import { type EmptyDatabase, emptyDatabase } from '../database/test-database';
import { CountingProxy } from './counting-proxy';

describe('CountingProxy', () => {
  let database: EmptyDatabase;
  let proxy: CountingProxy;
  let client: Client;

  beforeAll(async () => {
    database = await emptyDatabase();
    proxy = await CountingProxy.start({ host: '127.0.0.1', port: currentAddress().port });
    client = new Client({ ...database.admin, port: proxy.port });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await proxy?.stop();
    await database?.close();
  });

  async function tripsOf(work: () => Promise<unknown>): Promise<number> {
    const before = proxy.roundTrips;
    await work();
    return proxy.roundTrips - before;
  }

  it('counts one for a query, with parameters or without', async () => {
    expect(await tripsOf(() => client.query('SELECT 1'))).toBe(1);
    expect(await tripsOf(() => client.query('SELECT $1::int', [1]))).toBe(1);
  });

  it('counts one for statements that are sent together, and one for each that waits for the last', async () => {
    expect(await tripsOf(() => client.query('BEGIN; SELECT 1; COMMIT'))).toBe(1);
    expect(
      await tripsOf(async () => {
        await client.query('BEGIN');
        await client.query('SELECT 1');
        await client.query('COMMIT');
      }),
    ).toBe(3);
  });

  it('passes long answers through unharmed', async () => {
    const { rows } = await client.query<{ text: string }>("SELECT repeat('Zürich', 200000) AS text");

    expect(rows[0]?.text).toHaveLength(1_200_000);
    expect(await tripsOf(() => client.query('SELECT 1'))).toBe(1);
  });
});
