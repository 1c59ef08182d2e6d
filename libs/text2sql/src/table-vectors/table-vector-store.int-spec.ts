import { EmbeddingError, EmbeddingProvider, Embeddings } from '@memori/embedding';
import { Log } from '@memori/monitoring';
import { newId } from '@memori/scope';
import { FakeClock, testDatabase, type TestDatabase } from '@memori/testing';
import { withClient } from '@memori/database';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { TableVectorRepository } from './table-vector.repository';
import { TableVectorStore } from './table-vector-store';

/** One dimension for each letter of the alphabet. */
class Letters extends EmbeddingProvider {
  readonly batchSize = 8;
  readonly maxCharacters = 1000;
  readonly asked: string[] = [];
  fault?: Error;

  constructor(readonly model = 'letters') {
    super();
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    this.asked.push(...texts);
    if (this.fault) return Promise.reject(this.fault);
    const count = (text: string, letter: number) => text.split(String.fromCharCode(97 + letter)).length - 1;
    return Promise.resolve(texts.map((text) => Float32Array.from({ length: 26 }, (_, letter) => count(text, letter))));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const table = (name: string): CatalogTable => ({
  schema: 'shop',
  name,
  kind: 'table',
  comment: null,
  columns: [],
  primaryKey: [],
  foreignKeys: [],
  estimatedRows: 0,
});
const aCatalog = (version: string, ...names: string[]): Catalog => ({
  version,
  schemas: ['shop'],
  tables: names.map(table),
  functions: [],
});

describe('TableVectorStore', () => {
  let test: TestDatabase;
  let clock: FakeClock;
  let id: string;

  beforeAll(async () => {
    test = await testDatabase();
  });

  afterAll(() => test.close());

  beforeEach(async () => {
    clock = new FakeClock();
    id = newId();
    await withClient(test.superuser, (client) =>
      client.query(
        `INSERT INTO memori.tenants (id, name) VALUES ('t', 't'), ('other', 'other') ON CONFLICT DO NOTHING`,
      ),
    );
    await insertSource(id);
  });

  async function insertSource(source: string): Promise<void> {
    await withClient(test.superuser, async (client) => {
      const { rows } = await client.query<{ column: string; type: string }>(
        `SELECT column_name AS "column", data_type AS type FROM information_schema.columns
         WHERE table_schema = 'memori' AND table_name = 'data_sources' AND is_nullable = 'NO' AND column_default IS NULL`,
      );
      const values: Record<string, unknown> = {
        id: source,
        tenant_id: 't',
        name: source,
        dialect: 'postgresql',
        sample_values: 'safe',
        ssl: 'disable',
      };
      const filler: Record<string, unknown> = {
        text: 'x',
        integer: 1,
        ARRAY: '{}',
        jsonb: '{}',
        json: '{}',
        bytea: 'x',
        bigint: 1,
        boolean: false,
      };
      const columns = rows.map(({ column }) => column);
      const given = rows.map(({ column, type }) => values[column] ?? filler[type]);
      await client.query(
        `INSERT INTO memori.data_sources (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
        given,
      );
    });
  }

  function aStore(provider?: EmbeddingProvider): TableVectorStore {
    const repository = new TableVectorRepository(test.database);
    return new TableVectorStore(new Embeddings(provider), repository, clock, new Log({ level: 'silent' }));
  }

  const rows = () =>
    withClient(test.superuser, async (client) => {
      const sql = 'SELECT model FROM memori.catalog_vectors WHERE data_source_id = $1 ORDER BY 1';
      return (await client.query<{ model: string }>(sql, [id])).rows.map(({ model }) => model);
    });
  const place = (version: string) => ({ id, tenantId: 't', version });

  it('knows nothing without a provider', async () => {
    expect(await aStore().likeness(place('1'), aCatalog('1', 'aaa'), 'a')).toBeUndefined();
  });

  it('makes the vectors in the background, keeps them, and makes only those anew whose tables changed', async () => {
    const letters = new Letters();
    const store = aStore(letters);
    const catalog = aCatalog('1', 'aaa', 'bbb');

    store.prepare(place('1'), catalog);
    await store.settled();
    const likeness = await store.likeness(place('1'), catalog, 'a');

    expect([...(likeness ?? [])]).toEqual([1, 0]);
    expect(await rows()).toEqual(['letters', 'letters']);

    const later = new Letters();
    const restarted = aStore(later);
    restarted.prepare(place('2'), aCatalog('2', 'bbb', 'ccc'));
    await restarted.settled();
    expect(later.asked).toEqual(['ccc: ']);
    expect(await rows()).toHaveLength(2);
  });

  it('links without vectors until all are there, and begins to make them when a question misses them', async () => {
    const store = aStore(new Letters());
    const catalog = aCatalog('1', 'aaa', 'bbb');

    expect(await store.likeness(place('1'), catalog, 'b')).toBeUndefined();
    await store.settled();

    expect([...((await store.likeness(place('1'), catalog, 'b')) ?? [])]).toEqual([0, 1]);
  });

  it('replaces the vectors of another model', async () => {
    const catalog = aCatalog('1', 'aaa');
    for (const model of ['old', 'new']) {
      const store = aStore(new Letters(model));
      store.prepare(place('1'), catalog);
      await store.settled();
    }

    expect(await rows()).toEqual(['new']);
  });

  it('leaves a provider that failed alone for a minute, then goes on', async () => {
    const letters = new Letters();
    const store = aStore(letters);
    const catalog = aCatalog('1', 'aaa');
    letters.fault = new EmbeddingError('http-503', 'down', true);
    store.prepare(place('1'), catalog);
    await store.settled();
    letters.fault = undefined;

    store.prepare(place('1'), catalog);
    await store.settled();
    expect(letters.asked).toHaveLength(1);

    clock.advance(61_000);
    store.prepare(place('1'), catalog);
    await store.settled();
    expect(await rows()).toEqual(['letters']);
  });

  it('keeps nothing for a data source that is gone, nor for another tenant', async () => {
    const store = aStore(new Letters());
    store.prepare({ id: newId(), tenantId: 't', version: '1' }, aCatalog('1', 'aaa'));
    store.prepare({ id, tenantId: 'other', version: '1' }, aCatalog('1', 'aaa'));
    await store.settled();

    expect(await rows()).toEqual([]);
  });
});
