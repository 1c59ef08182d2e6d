import { EmbeddingProvider, Embeddings } from '@memori/embedding';
import { type TestDatabase } from '@memori/testing';
import { aPrincipal, MemoryProcess } from '../memory.fixture';
import { angle, type Ground, GROUNDS, GroundWorld, SERVER_GROUNDS } from './vector-ground.fixture';
import type { NearItem, VectorEntry, VectorGeneration, VectorPlace } from './vector-index';

const OLD_SIZE = 8;
const NEW_SIZE = 16;
const ITEMS = 40;
const LIMIT = 10;

interface Filled {
  readonly place: VectorPlace;
  readonly ids: readonly string[];
}

/** Writers, readers and a change of provider at once: what a search gives is never wrong, only not yet complete. */
describe.each(GROUNDS)('%s, used by many at once', (_, start) => {
  let ground: Ground;
  let world: GroundWorld;
  let old: VectorGeneration;
  let next: VectorGeneration;

  beforeAll(async () => {
    ground = await start();
    world = await GroundWorld.on(ground);
    old = await ground.work.openGeneration('old', OLD_SIZE);
    await ground.index.open(old);
  }, 120_000);

  afterAll(() => ground?.close());

  const entry = (itemId: string, degrees: number, { dimensions }: VectorGeneration): VectorEntry => ({
    ...{ itemId, kind: 'turn', passage: 0, vector: angle(degrees, dimensions) },
  });
  const near = ({ place, ids }: Filled, generation: VectorGeneration) =>
    world.near(place, angle(0, generation.dimensions), ids, { generation, limit: LIMIT });
  const itemsOf = (items: readonly NearItem[]) => items.map(({ itemId }) => itemId);

  async function filled(): Promise<Filled> {
    const place = await world.place();
    const session = await world.session(place);
    const ids: string[] = [];
    for (let number = 0; number < ITEMS; number++) ids.push(await world.turn(session));
    return { place, ids };
  }

  it('gives whole answers of the old generation while the new one is made, and of the new one when it is there', async () => {
    const places = await Promise.all([filled(), filled(), filled()]);
    for (const { place, ids } of places)
      await world.put(
        place,
        ids.map((id, number) => entry(id, number, old)),
        old,
      );
    next = await ground.work.openGeneration('new', NEW_SIZE);
    await ground.index.open(next);
    let isDone = false;
    const wrong: unknown[] = [];

    const write = async ({ place, ids }: Filled) => {
      // The other way round: the last item is the likest of the new generation.
      for (let at = 0; at < ids.length; at += 8)
        await world.put(
          place,
          ids.slice(at, at + 8).map((id, step) => entry(id, ITEMS - 1 - at - step, next)),
          next,
        );
    };
    const read = async (where: Filled) => {
      let [last, rounds] = [0, 0];
      while (!isDone || rounds < 2) {
        if (isDone) rounds++;
        const found = itemsOf(await near(where, old));
        if (found.join() !== where.ids.slice(0, LIMIT).join()) wrong.push(['old', found.length]);
        const fresh = itemsOf(await near(where, next));
        if (fresh.length < last || fresh.some((id) => !where.ids.includes(id))) wrong.push(['new', fresh.length, last]);
        last = fresh.length;
      }
    };
    const readers = Promise.all(places.flatMap((place) => [read(place), read(place)]));
    await Promise.all(places.flatMap((place) => [write(place), write(place)]));
    isDone = true;
    await readers;

    expect(wrong).toEqual([]);
    for (const place of places) {
      expect(itemsOf(await near(place, next))).toEqual([...place.ids].reverse().slice(0, LIMIT));
      // A question of the one model is never held against the vectors of the other.
      const { ids } = place;
      const other = angle(0, OLD_SIZE);
      expect(await world.near(place.place, other, ids, { generation: next, limit: LIMIT })).toEqual([]);
    }
  }, 120_000);

  it('drops a generation under its readers: they find nothing there any more, and no error', async () => {
    const where = await filled();
    const put = (generation: VectorGeneration) =>
      world.put(
        where.place,
        where.ids.map((id, number) => entry(id, number, generation)),
        generation,
      );
    await put(old);
    await put(next);
    await ground.sql(`UPDATE memori.namespaces SET version = 1`);
    await ground.sql(
      `INSERT INTO memori.vector_work (tenant_id, user_id, namespace, generation, upto)
       SELECT tenant_id, user_id, namespace, $1, version FROM memori.namespaces ON CONFLICT DO NOTHING`,
      [next.id],
    );
    const seen = new Set<number>();
    let isDropped = false;
    const read = async () => {
      for (let rounds = 0; rounds < 3;) {
        if (isDropped) rounds++;
        seen.add((await near(where, old)).length);
        expect(itemsOf(await near(where, next))).toEqual(where.ids.slice(0, LIMIT));
      }
    };
    const readers = Promise.all([read(), read(), read()]);
    const gone = await ground.work.dropOld(next, -60_000);
    isDropped = true;
    await readers;

    expect(gone).toBe(1);
    // All of it or nothing.
    expect([...seen].every((length) => length === LIMIT || length === 0)).toBe(true);
    expect(await ground.sql('SELECT FROM memori.memory_vectors WHERE generation = $1', [old.id])).toEqual([]);
  }, 120_000);
});

/** Knows two ideas; gives others their turn between one batch and the next, as a model does. */
class Ideas extends EmbeddingProvider {
  readonly batchSize = 4;
  readonly maxCharacters = 1000;

  constructor(
    readonly model: string,
    private readonly size: number,
  ) {
    super();
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return texts.map((text) => angle(/puppy|hound/.test(text) ? 0 : 80, this.size));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe.each(SERVER_GROUNDS)('a change of the provider, with %s', (_, start) => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await start();
  }, 120_000);
  afterAll(() => ground?.close());

  it('happens behind those who write and search: no error, and no empty answer', async () => {
    const { database } = ground.test as TestDatabase;
    const aProcess = (provider: EmbeddingProvider) =>
      new MemoryProcess(database, { embeddings: new Embeddings(provider), index: ground.index });
    const [before, after] = [aProcess(new Ideas('old', OLD_SIZE)), aProcess(new Ideas('new', NEW_SIZE))];
    const users = [aPrincipal(), aPrincipal()];
    const words = (number: number) => (number % 4 === 0 ? `the puppy sleeps ${number}` : `it may rain ${number}`);
    for (const user of users)
      await before.talk(
        user,
        Array.from({ length: 40 }, (_each, number) => words(number)),
      );
    await before.vectorizer.drain();
    let isDone = false;
    const wrong: unknown[] = [];

    const write = async (user: (typeof users)[number]) => {
      for (let number = 0; number < 10; number++) await after.talk(user, [words(number), words(number + 1)]);
    };
    const read = async (user: (typeof users)[number], process: MemoryProcess, query: string) => {
      do {
        const found = await process.memories.search(user, { query, limit: 5 });
        if (found.length === 0) wrong.push([query, found.length]);
      } while (!isDone);
    };
    // By letters both find something at any time; by the idea alone, whoever still asks the old model.
    const readers = Promise.all(
      users.flatMap((user) => [read(user, before, 'puppy'), read(user, before, 'hound'), read(user, after, 'puppy')]),
    );
    await Promise.all([...users.map(write), after.vectorizer.drain(), before.vectorizer.drain()]);
    await after.vectorizer.drain();
    isDone = true;
    await readers;

    expect(wrong).toEqual([]);
    for (const user of users) {
      const [first] = await after.memories.search(user, { query: 'hound', limit: 1 });
      expect(first?.content).toContain('puppy');
    }
  }, 120_000);
});
