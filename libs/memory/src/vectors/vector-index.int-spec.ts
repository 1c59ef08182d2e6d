import type { Database } from '@memori/database';
import { newId } from '@memori/scope';
import { PgliteDatabase } from '@memori/testing';
import { PgvectorIndex, pgvectorHome } from './pgvector-index';
import { angle, type Ground, GROUNDS, GroundWorld } from './vector-ground.fixture';
import type { NearItem, VectorEntry, VectorGeneration, VectorPlace } from './vector-index';
import { VectorWorkRepository } from './vector-work.repository';

const SIZE = 8;
const at = (degrees: number, size = SIZE) => angle(degrees, size);

describe.each(GROUNDS)('%s', (_, start) => {
  let ground: Ground;
  let world: GroundWorld;
  let generation: VectorGeneration;
  let place: VectorPlace;
  let session: string;

  beforeAll(async () => {
    ground = await start();
    world = await GroundWorld.on(ground);
    generation = await ground.work.openGeneration('angles', SIZE);
    await ground.index.open(generation);
  }, 120_000);

  afterAll(() => ground?.close());

  beforeEach(async () => {
    place = await aPlace();
  });

  /** A namespace of a new user, with a session in it. */
  async function aPlace(tenantId?: string, userId?: string, namespace?: string): Promise<VectorPlace> {
    const made = await world.place(tenantId, userId, namespace);
    session = await world.session(made);
    return made;
  }

  const aTurn = () => world.turn(session);

  async function aMemory(where: VectorPlace): Promise<string> {
    const id = newId();
    await ground.sql(
      `INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, category, content, importance, origin, created_by, terms, scope_version)
       VALUES ($1, $2, nullif($3, ''), CASE WHEN $3 = '' THEN 'tenant' ELSE 'user' END, nullif($4, ''), 'fact', 'text', 0.5, 'told', 'x', '', 1)`,
      [id, where.tenantId, where.userId, where.namespace],
    );
    return id;
  }

  const put = (where: VectorPlace, entries: VectorEntry[], of = generation) => world.put(where, entries, of);
  const turn = (itemId: string, vector: Float32Array | undefined, passage = 0): VectorEntry => ({
    itemId,
    kind: 'turn',
    passage,
    vector,
  });
  const near = (where: VectorPlace, vector: Float32Array, found: string[], limit = 10, of = generation) =>
    world.near(where, vector, found, { generation: of, limit });
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

  it('gives nothing of another scope to the service that stands in one, though the place is named', async () => {
    const own = await aTurn();
    await put(place, [turn(own, at(0))]);
    const scopes = [
      { tenantId: 't', userId: newId() },
      { tenantId: 'u', userId: place.userId },
    ];

    for (const scope of scopes) {
      const found = await ground.inTransaction(scope, async (tx) => {
        const query = { place, generation, vector: at(0), limit: 5, size: 1, found: () => [own] };
        return [await ground.index.nearest(tx, query), await tx.query('SELECT FROM memori.memory_vectors')];
      });
      expect(found).toEqual([[], []]);
      const put = ground.inTransaction(scope, (tx) => ground.index.put(tx, place, generation, [turn(own, at(90))]));
      await expect(Promise.resolve(put)).resolves.toBeUndefined();
    }

    expect((await near(place, at(0), [own]))[0]?.similarity).toBeCloseTo(1, 5);
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
