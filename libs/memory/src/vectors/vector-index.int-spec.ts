import { withClient, type Database, type Tx } from '@memori/database';
import { newId } from '@memori/scope';
import { PgliteDatabase, testDatabase } from '@memori/testing';
import { ExactVectorIndex } from './exact-vector-index';
import { PgvectorIndex, pgvectorHome } from './pgvector-index';
import type { NearItem, VectorEntry, VectorGeneration, VectorIndex, VectorPlace } from './vector-index';
import { VectorWorkRepository } from './vector-work.repository';

/** What a search runs in: Memori's own database, or as much of it as PGlite can be. */
interface Ground {
  readonly index: VectorIndex;
  readonly work: VectorWorkRepository;
  inTransaction<T>(scope: { tenantId: string; userId?: string }, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** As somebody who may see everything. */
  sql<R>(text: string, params?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

async function exactGround(index: VectorIndex = new ExactVectorIndex()): Promise<Ground> {
  const test = await testDatabase();
  return {
    index,
    work: new VectorWorkRepository(test.database),
    inTransaction: (scope, work) => test.database.transaction(scope, work),
    sql: (text, params) =>
      withClient(test.superuser, async (client) => (await client.query(text, params)).rows as never[]),
    close: () => test.close(),
  };
}

async function pgvectorGround(): Promise<Ground> {
  const lite = await PgliteDatabase.start();
  const database = lite as unknown as Database;
  const home = await pgvectorHome(database);
  if (!home) throw new Error('PGlite has no pgvector.');
  return {
    index: new PgvectorIndex(database, home),
    work: new VectorWorkRepository(database),
    inTransaction: (scope, work) => lite.transaction(scope, work),
    sql: (text, params) => lite.call(text, params),
    close: () => lite.close(),
  };
}

const SIZE = 8;
/** Points from one axis to the next: the nearer the angles, the likelier. */
const at = (degrees: number, size = SIZE) =>
  Float32Array.from({ length: size }, (_, axis) =>
    axis === 0 ? Math.cos((degrees * Math.PI) / 180) : axis === 1 ? Math.sin((degrees * Math.PI) / 180) : 0,
  );

describe.each([
  ['exact search', () => exactGround()],
  ['exact search that looks at the finds of a huge place alone', () => exactGround(new ExactVectorIndex(0))],
  ['pgvector', pgvectorGround],
])('%s', (_, start) => {
  let ground: Ground;
  let generation: VectorGeneration;
  let place: VectorPlace;
  let session: string;

  beforeAll(async () => {
    ground = await start();
    await ground.sql(`INSERT INTO memori.tenants (id, name) VALUES ('t', 't'), ('u', 'u')`);
    generation = await ground.work.openGeneration('angles', SIZE);
    await ground.index.open(generation);
  }, 120_000);

  afterAll(() => ground.close());

  beforeEach(async () => {
    place = await aPlace();
  });

  /** A namespace of a new user, with a session in it. */
  async function aPlace(tenantId = 't', userId = newId(), namespace = 'default'): Promise<VectorPlace> {
    session = newId();
    await ground.sql(`INSERT INTO memori.namespaces (tenant_id, user_id, namespace, version) VALUES ($1, $2, $3, 1)`, [
      tenantId,
      userId,
      namespace,
    ]);
    await ground.sql(
      `INSERT INTO memori.sessions (id, tenant_id, user_id, namespace, ttl_seconds, expires_at, version)
       VALUES ($1, $2, $3, $4, 60, clock_timestamp() + interval '1 hour', 1)`,
      [session, tenantId, userId, namespace],
    );
    return { tenantId, userId, namespace };
  }

  let seq = 0;
  async function aTurn(): Promise<string> {
    const id = newId();
    await ground.sql(
      `INSERT INTO memori.turns (id, tenant_id, user_id, session_id, namespace, isolated, seq, role, content, occurred_at,
         terms, passage_ends, scope_version)
       SELECT $1, s.tenant_id, s.user_id, s.id, s.namespace, false, $3, 'user', 'text', clock_timestamp(), '{}', '{}', 1
       FROM memori.sessions s WHERE s.id = $2`,
      [id, session, ++seq],
    );
    return id;
  }

  async function aMemory(where: VectorPlace): Promise<string> {
    const id = newId();
    await ground.sql(
      `INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, category, content, importance, origin, created_by, terms, scope_version)
       VALUES ($1, $2, nullif($3, ''), CASE WHEN $3 = '' THEN 'tenant' ELSE 'user' END, nullif($4, ''), 'fact', 'text', 0.5, 'told', 'x', '', 1)`,
      [id, where.tenantId, where.userId, where.namespace],
    );
    return id;
  }

  const put = (where: VectorPlace, entries: VectorEntry[], of = generation) =>
    ground.inTransaction({ tenantId: where.tenantId }, (tx) => ground.index.put(tx, where, of, entries));
  const turn = (itemId: string, vector: Float32Array | undefined, passage = 0): VectorEntry => ({
    itemId,
    kind: 'turn',
    passage,
    vector,
  });
  /** Reads as the user does, whom row level security binds. */
  const near = (where: VectorPlace, vector: Float32Array, found: string[], limit = 10, of = generation) =>
    ground.inTransaction({ tenantId: where.tenantId, userId: where.userId || 'somebody' }, (tx) =>
      ground.index.nearest(tx, { place: where, generation: of, vector, limit, size: found.length, found: () => found }),
    );
  const ids = (items: readonly NearItem[]) => items.map(({ itemId }) => itemId);

  it('gives the likest items first, with their cosines', async () => {
    const [far, close, same] = [await aTurn(), await aTurn(), await aTurn()];
    await put(place, [turn(far, at(80)), turn(close, at(20)), turn(same, at(10))]);

    const found = await near(place, at(10), [far, close, same], 2);

    expect(ids(found)).toEqual([same, close]);
    expect(found[0]?.similarity).toBeCloseTo(1, 5);
    expect(found[1]?.similarity).toBeCloseTo(Math.cos(Math.PI / 18), 5);
  });

  it('gives an item once, by its likest passage', async () => {
    const [long, other] = [await aTurn(), await aTurn()];
    await put(place, [turn(long, at(70), 0), turn(long, at(5), 1), turn(other, at(30))]);

    expect(ids(await near(place, at(0), [long, other]))).toEqual([long, other]);
  });

  it('sees what was added after the first search, and what replaced a vector', async () => {
    const first = await aTurn();
    await put(place, [turn(first, at(60))]);
    await near(place, at(0), [first]);
    const second = await aTurn();
    await put(place, [turn(second, at(30))]);
    expect(ids(await near(place, at(0), [first, second]))).toEqual([second, first]);

    await put(place, [turn(first, at(0))]);
    expect(ids(await near(place, at(0), [first, second]))).toEqual([first, second]);
  });

  it('gives nothing of another user, namespace or tenant', async () => {
    const own = await aTurn();
    await put(place, [turn(own, at(40))]);
    const others = [await aPlace('t'), await aPlace('u', place.userId), await aPlace('t', place.userId, 'elsewhere')];
    for (const other of others) {
      const id = newId();
      await ground.sql(
        `INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, category, content, importance, origin, created_by, terms, scope_version)
         VALUES ($1, $2, $3, 'user', $4, 'fact', 'text', 0.5, 'told', 'x', '', 1)`,
        [id, other.tenantId, other.userId, other.namespace],
      );
      await put(other, [{ itemId: id, kind: 'fact', passage: 0, vector: at(0), version: 1 }]);
    }

    expect(ids(await near(place, at(0), [own]))).toEqual([own]);
  });

  it('keeps a place apart in which all others would come first', async () => {
    const crowd = await aPlace();
    const many: VectorEntry[] = [];
    for (let number = 0; number < 60; number++) many.push(turn(await aTurn(), at(number / 10)));
    await put(crowd, many);
    const quiet = await aPlace();
    const own = await aTurn();
    await put(quiet, [turn(own, at(85))]);

    expect(ids(await near(quiet, at(0), [own], 5))).toEqual([own]);
    expect(
      await near(
        crowd,
        at(0),
        many.map(({ itemId }) => itemId),
        5,
      ),
    ).toHaveLength(5);
  });

  it('gives the memories of the whole tenant to each of its users', async () => {
    const tenant: VectorPlace = { tenantId: 't', userId: '', namespace: '' };
    await ground.sql(
      `INSERT INTO memori.namespaces (tenant_id, user_id, namespace, version) VALUES ('t', '', '', 1) ON CONFLICT DO NOTHING`,
    );
    const rule = await aMemory(tenant);
    await put(tenant, [{ itemId: rule, kind: 'fact', passage: 0, vector: at(0), version: 1 }]);

    expect(ids(await near(tenant, at(0), [rule]))).toContain(rule);
  });

  it('keeps generations apart, of other dimensions too', async () => {
    const id = await aTurn();
    const wider = await ground.work.openGeneration('wide angles', SIZE * 2);
    await ground.index.open(wider);
    await put(place, [turn(id, at(0))]);
    await put(place, [turn(id, at(90, SIZE * 2))], wider);

    expect((await near(place, at(0), [id]))[0]?.similarity).toBeCloseTo(1, 5);
    expect((await near(place, at(0, SIZE * 2), [id], 5, wider))[0]?.similarity).toBeCloseTo(0, 5);
    expect(await near(place, at(0, SIZE * 2), [id], 5)).toEqual([]);
  });

  it('forgets what is erased, at once', async () => {
    const [gone, stays] = [await aTurn(), await aTurn()];
    await put(place, [turn(gone, at(0)), turn(stays, at(50))]);
    await near(place, at(0), [gone, stays]);

    await ground.sql('DELETE FROM memori.turns WHERE id = $1', [gone]);
    await ground.sql(`SELECT memori.touch_namespace($1, $2, $3, true)`, [
      place.tenantId,
      place.userId,
      place.namespace,
    ]);

    expect(ids(await near(place, at(0), [gone, stays]))).toEqual([stays]);
    expect(await ground.sql('SELECT FROM memori.memory_vectors WHERE item_id = $1', [gone])).toEqual([]);
  });

  it('drops the vector of a memory that is rewritten, and takes none of a text that is no longer there', async () => {
    const id = await aMemory(place);
    const entry: VectorEntry = { itemId: id, kind: 'fact', passage: 0, vector: at(0), version: 1 };
    await put(place, [entry]);
    await ground.sql(`UPDATE memori.memories SET content = 'other', version = 2 WHERE id = $1`, [id]);

    await put(place, [entry]);

    expect(await ground.sql('SELECT FROM memori.memory_vectors WHERE item_id = $1', [id])).toEqual([]);
  });

  it('does not find what has no vector, nor takes what does not exist', async () => {
    const blank = await aTurn();
    await put(place, [turn(blank, undefined), turn(newId(), at(0))]);

    expect(await near(place, at(0), [blank])).toEqual([]);
  });

  it('is empty where nothing was ever kept', async () => {
    const nowhere = { tenantId: 't', userId: 'nobody', namespace: 'none' };

    expect(await near(nowhere, at(0), [])).toEqual([]);
  });
});

describe('pgvector alone', () => {
  it('searches through the index of its generation', async () => {
    const lite = await PgliteDatabase.start();
    try {
      const database = lite as unknown as Database;
      const generation = await new VectorWorkRepository(database).openGeneration('angles', 3);
      const index = new PgvectorIndex(database, (await pgvectorHome(database)) ?? fail());
      await index.open(generation);
      await index.open(generation);
      await lite.call('SET enable_seqscan = off');
      await lite.call('SET enable_sort = off');
      const plan = await lite.call<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT item_id FROM memori.memory_vectors WHERE generation = ${generation.id} AND embedding IS NOT NULL
         ORDER BY embedding::public.vector(3) OPERATOR(public.<=>) '[1,0,0]'::public.vector(3) LIMIT 5`,
      );

      expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain(`memory_vectors_hnsw_${generation.id}`);
    } finally {
      await lite.close();
    }
  }, 120_000);
});

function fail(): never {
  throw new Error('PGlite has no pgvector.');
}
