import { DatabaseUnavailableError } from './postgres-errors';
import { Gathered } from './gathered';

const OPTIONS = { mostAtOnce: 3, mostUnderWay: 1, patienceMs: 60_000 };

/** Answers each batch when the test says so. */
function aServer() {
  const batches: number[][] = [];
  const answers: ((error?: Error) => void)[] = [];
  const askAll = (asked: readonly number[]) => {
    batches.push([...asked]);
    return new Promise<string[]>((resolve, reject) => {
      answers.push((error) => (error ? reject(error) : resolve(asked.map((one) => `answer ${one}`))));
    });
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { batches, askAll, answer: async (error?: Error) => (answers.shift()?.(error), settle()) };
}

describe('Gathered', () => {
  it('asks at once for the first, and for all that came meanwhile together, in their order', async () => {
    const server = aServer();
    const gathered = new Gathered(server.askAll, OPTIONS);

    const all = Promise.all([1, 2, 3, 4, 5, 6].map((one) => gathered.ask(one)));
    expect(server.batches).toEqual([[1]]);
    await server.answer();
    expect(server.batches).toEqual([[1], [2, 3, 4]]);
    await server.answer();
    await server.answer();

    expect(server.batches).toEqual([[1], [2, 3, 4], [5, 6]]);
    expect(await all).toEqual([1, 2, 3, 4, 5, 6].map((one) => `answer ${one}`));
  });

  it('has no more under way than it may', async () => {
    const server = aServer();
    const gathered = new Gathered(server.askAll, { ...OPTIONS, mostAtOnce: 1, mostUnderWay: 2 });

    const all = Promise.all([1, 2, 3].map((one) => gathered.ask(one)));
    expect(server.batches).toEqual([[1], [2]]);
    await server.answer();
    expect(server.batches).toEqual([[1], [2], [3]]);
    await server.answer();
    await server.answer();

    await expect(all).resolves.toHaveLength(3);
  });

  it('goes on without an asking that is held up', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const server = aServer();
      const gathered = new Gathered(server.askAll, { ...OPTIONS, patienceMs: 50 });
      const all = Promise.all([1, 2, 3].map((one) => gathered.ask(one)));

      jest.advanceTimersByTime(49);
      expect(server.batches).toEqual([[1]]);
      jest.advanceTimersByTime(1);

      expect(server.batches).toEqual([[1], [2, 3]]);
      await server.answer();
      await server.answer();
      await expect(all).resolves.toHaveLength(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('refuses only the one that is wrong', async () => {
    const askAll = (asked: readonly number[]) =>
      asked.includes(3)
        ? Promise.reject(new Error(`3 of ${asked.length}`))
        : Promise.resolve(asked.map((one) => `answer ${one}`));
    const gathered = new Gathered(askAll, OPTIONS);

    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((one) => gathered.ask(one)));

    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 'answer 1' },
      { status: 'fulfilled', value: 'answer 2' },
      { status: 'rejected', reason: new Error('3 of 1') },
      { status: 'fulfilled', value: 'answer 4' },
    ]);
  });

  it('asks for nothing twice when the database was lost, for it may have been done', async () => {
    const server = aServer();
    const gathered = new Gathered(server.askAll, OPTIONS);
    const all = Promise.allSettled([1, 2, 3].map((one) => gathered.ask(one)));
    await server.answer();

    await server.answer(new DatabaseUnavailableError(new Error('gone')));

    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(server.batches).toEqual([[1], [2, 3]]);
  });
});
