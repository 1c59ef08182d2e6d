import { withClient } from '@memori/database';
import { EmbeddingError, EmbeddingProvider, Embeddings } from '@memori/embedding';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { aPrincipal, ENTITIES, MemoryProcess, told } from '../memory.fixture';

/** Knows a few ideas: texts of one idea are alike, whatever their letters. */
class Ideas extends EmbeddingProvider {
  readonly batchSize = 8;
  readonly maxCharacters = 1000;
  fault?: Error;
  texts = 0;

  constructor(
    readonly model: string,
    private readonly size = 4,
  ) {
    super();
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (this.fault) return Promise.reject(this.fault);
    this.texts += texts.length;
    const ideas = [/dog|puppy|hound/i, /salary|wage|pay/i, /rain|storm|weather/i];
    return Promise.resolve(
      texts.map((text) => {
        const vector = new Float32Array(this.size).fill(0.01);
        ideas.forEach((idea, at) => (vector[at] = idea.test(text) ? 1 : 0.02));
        return vector;
      }),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('MemoryVectorizer', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await testDatabase({ entities: ENTITIES });
  });

  afterEach(() => test.close());

  const aProcess = (provider: EmbeddingProvider) =>
    new MemoryProcess(test.database, { embeddings: new Embeddings(provider) });
  const rows = async <R>(sql: string) =>
    withClient(test.superuser, async (client) => (await client.query(sql)).rows as R[]);
  const vectors = () =>
    rows<{ model: string; namespace: string }>(
      `SELECT g.model, v.namespace FROM memori.memory_vectors v JOIN memori.vector_generations g ON g.id = v.generation ORDER BY 1, 2`,
    );

  it('lets turns and memories be found that share no word with the question, and explains it', async () => {
    const process = aProcess(new Ideas('ideas'));
    const user = aPrincipal();
    await process.talk(user, ['The puppy sleeps all day', 'It may storm tomorrow']);
    await process.memories.add(user, told('Wages are due on Fridays'));
    await process.vectorizer.drain();

    const dogs = await process.memories.search(user, { query: 'hounds?', explain: true, limit: 1 });
    const money = await process.memories.search(user, { query: 'salary', limit: 1 });

    expect(dogs[0]?.content).toBe('The puppy sleeps all day');
    expect(dogs[0]?.signals?.vector).toBeGreaterThan(0);
    expect(money[0]?.content).toBe('Wages are due on Fridays');
  });

  it('searches by letters alone until the vectors are made', async () => {
    const process = aProcess(new Ideas('ideas'));
    const user = aPrincipal();
    await process.talk(user, ['The puppy sleeps']);

    expect(await process.memories.search(user, { query: 'hounds' })).toEqual([]);
    expect(await process.memories.search(user, { query: 'puppy' })).toHaveLength(1);
  });

  it('shows nothing to others, nor of isolated sessions', async () => {
    const process = aProcess(new Ideas('ideas'));
    const user = aPrincipal();
    await process.talk(user, ['The puppy sleeps'], { isolated: true });
    await process.talk(aPrincipal(), ['My dog barks']);
    await process.vectorizer.drain();

    expect(await vectors()).toHaveLength(1);
    expect(await process.memories.search(user, { query: 'hounds' })).toEqual([]);
  });

  it('embeds every namespace, though each is claimed by itself', async () => {
    const process = aProcess(new Ideas('ideas'));
    for (let user = 0; user < 5; user++) await process.talk(aPrincipal(), ['The puppy sleeps']);
    await process.vectorizer.drain();

    expect(await vectors()).toHaveLength(5);
    expect(await rows('SELECT FROM memori.vector_work WHERE upto = 0 OR claim_expires_at IS NOT NULL')).toEqual([]);
  });

  it('embeds what came later, and each text once', async () => {
    const ideas = new Ideas('ideas');
    const process = aProcess(ideas);
    const user = aPrincipal();
    const session = await process.talk(user, ['one', 'two']);
    await process.vectorizer.drain();
    await process.sessions.addTurns(user, session.id, [{ role: 'user', content: 'three' }]);
    await process.vectorizer.drain();
    await aProcess(ideas).vectorizer.drain();

    // One more for each process, to learn the length of the vectors.
    expect(ideas.texts).toBe(3 + 2);
    expect(await vectors()).toHaveLength(3);
  });

  it('embeds a memory anew that was rewritten', async () => {
    const process = aProcess(new Ideas('ideas'));
    const user = aPrincipal();
    const { id } = await process.memories.add(user, told('Wages are due on Fridays'));
    await process.vectorizer.drain();
    await process.memories.update(user, id, { content: 'The hound is called Rex' });
    await process.vectorizer.drain();

    expect((await process.memories.search(user, { query: 'puppy', limit: 1 }))[0]?.id).toBe(id);
    expect(await vectors()).toHaveLength(1);
  });

  it('re-embeds everything for another provider, beside the old vectors, which go when nobody uses them', async () => {
    const user = aPrincipal();
    const before = aProcess(new Ideas('old'));
    await before.talk(user, ['The puppy sleeps']);
    await before.vectorizer.drain();
    const after = aProcess(new Ideas('new', 6));

    expect(await after.memories.search(user, { query: 'hounds' })).toEqual([]);
    await after.vectorizer.drain();
    expect((await vectors()).map(({ model }) => model)).toEqual(['new/6', 'old/4']);
    expect(await after.memories.search(user, { query: 'hounds' })).toHaveLength(1);
    expect(await before.memories.search(user, { query: 'hounds' })).toHaveLength(1);

    await rows(`UPDATE memori.vector_generations SET used_at = used_at - interval '2 days' WHERE model = 'old/4'`);
    await after.vectorizer.drain();
    expect((await vectors()).map(({ model }) => model)).toEqual(['new/6']);
  });

  it('leaves a failure as a job that is tried again, and fails no search', async () => {
    const ideas = new Ideas('ideas');
    const process = aProcess(ideas);
    const user = aPrincipal();
    await process.vectorizer.drain();
    await process.talk(user, ['The puppy sleeps']);
    ideas.fault = new EmbeddingError('http-503', 'down', true);
    await process.vectorizer.drain();

    const [job] = await rows<{ error: string; attempts: number; due: boolean }>(
      'SELECT error, attempts, run_after > clock_timestamp() AS due FROM memori.vector_work',
    );
    expect(job).toEqual({ error: 'http-503', attempts: 1, due: true });
    expect(await process.memories.search(user, { query: 'puppy' })).toHaveLength(1);

    ideas.fault = undefined;
    await rows('UPDATE memori.vector_work SET run_after = clock_timestamp()');
    await process.vectorizer.drain();
    expect(await rows('SELECT error, attempts FROM memori.vector_work')).toEqual([{ error: null, attempts: 0 }]);
    expect(await process.memories.search(user, { query: 'hounds' })).toHaveLength(1);
  });

  it('forgets vectors and work together with what they were made of', async () => {
    const process = aProcess(new Ideas('ideas'));
    const user = aPrincipal();
    await process.talk(user, ['The puppy sleeps']);
    await process.memories.add(user, told('Wages are due on Fridays'));
    await process.vectorizer.drain();
    await process.memories.search(user, { query: 'hounds' });

    await process.memories.forget(user, { scope: 'user', id: user.userId });

    expect(await vectors()).toEqual([]);
    expect(await rows('SELECT FROM memori.vector_work')).toEqual([]);
    expect(await process.memories.search(user, { query: 'hounds' })).toEqual([]);
  });
});
