import { EventEmitter } from 'node:events';
import { IdleConnections } from './idle-connections';
import type { SourceClient } from './source-client';
import { SourcePool, type SourcePoolOptions } from './source-pool';

class FakeClient extends EventEmitter {
  isUsable = true;
  isClosed = false;

  destroy(): void {
    this.isUsable = false;
    this.isClosed = true;
    this.emit('end');
  }

  async end(): Promise<void> {
    this.destroy();
  }
}

const OPTIONS: SourcePoolOptions = { max: 2, idleMs: 60_000, lifetimeMs: 60_000, waitMs: 60_000 };

describe('SourcePool', () => {
  const aPool = (
    options: Partial<SourcePoolOptions> = {},
    onEmpty: () => void = () => undefined,
    allIdle = new IdleConnections(100),
  ) => {
    const opened: FakeClient[] = [];
    const open = async () => {
      opened.push(new FakeClient());
      return opened.at(-1) as unknown as SourceClient;
    };
    return { pool: new SourcePool(open, { ...OPTIONS, ...options }, onEmpty, allIdle), opened };
  };
  const lease = async (pool: SourcePool) => {
    const leased = await pool.lease();
    if (!leased) throw new Error('No connection was leased.');
    return leased;
  };

  it('opens late, and uses again what came back whole', async () => {
    const { pool, opened } = aPool();
    expect(opened).toHaveLength(0);

    const first = await lease(pool);
    pool.release(first.client, true);
    const second = await lease(pool);

    expect(first.isFresh).toBe(true);
    expect(second).toEqual({ client: first.client, isFresh: false });
    expect(opened).toHaveLength(1);
  });

  it('closes what came back in doubt, broken or old', async () => {
    const { pool, opened } = aPool();
    const doubtful = await lease(pool);
    pool.release(doubtful.client, false);
    const broken = await lease(pool);
    (broken.client as unknown as FakeClient).isUsable = false;
    pool.release(broken.client, true);
    const old = aPool({ lifetimeMs: 0 });
    pool.release((await lease(pool)).client, true);
    old.pool.release((await lease(old.pool)).client, true);

    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
    expect(old.opened[0]?.isClosed).toBe(true);
  });

  it('forgets an idle connection that the server closes', async () => {
    const { pool, opened } = aPool();
    pool.release((await lease(pool)).client, true);

    opened[0]?.emit('end');

    expect((await lease(pool)).isFresh).toBe(true);
  });

  it('closes idle connections, and says when none is left', async () => {
    const isEmpty = new Promise<void>((resolve) => {
      const { pool } = aPool({ idleMs: 1 }, resolve);
      void lease(pool).then(({ client }) => pool.release(client, true));
    });

    await isEmpty;
  });

  it('lets no more than its number out, and the next when one comes back', async () => {
    const { pool, opened } = aPool();
    const first = await lease(pool);
    await lease(pool);
    const third = lease(pool);

    pool.release(first.client, true);

    expect((await third).client).toBe(first.client);
    expect(opened).toHaveLength(2);
  });

  it('says that all are busy when none comes back in time', async () => {
    const { pool } = aPool({ max: 1, waitMs: 1 });
    await lease(pool);

    await expect(lease(pool)).rejects.toMatchObject({ kind: 'unavailable', facts: { retryable: true } });
  });

  it('waits no longer than its caller', async () => {
    const { pool } = aPool({ max: 1 });
    await lease(pool);

    expect(await pool.lease(AbortSignal.abort())).toBeUndefined();
  });

  it('gives its place back when a connection cannot be opened', async () => {
    let attempts = 0;
    const pool = new SourcePool(
      () => {
        attempts++;
        return Promise.reject(new Error('refused'));
      },
      { ...OPTIONS, max: 1 },
      () => undefined,
      new IdleConnections(9),
    );

    for (let round = 0; round < 3; round++) await expect(pool.lease()).rejects.toThrow('refused');
    expect(attempts).toBe(3);
  });

  it('closes idle ones at once when it is closed, and the others when they come back', async () => {
    const { pool, opened } = aPool();
    const [idle, busy] = [await lease(pool), await lease(pool)];
    pool.release(idle.client, true);

    pool.close();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);

    pool.release(busy.client, true);
    expect(opened[1]?.isClosed).toBe(true);
  });

  it('closes what has been idle longest in any pool when there are too many', async () => {
    const allIdle = new IdleConnections(2);
    const emptied: string[] = [];
    const [one, two] = ['one', 'two'].map((name) => aPool({}, () => emptied.push(name), allIdle));
    if (!one || !two) throw new Error('Two pools are needed.');
    for (const { pool } of [one, two]) pool.release((await lease(pool)).client, true);

    const [first, second] = [await lease(two.pool), await lease(two.pool)];
    two.pool.release(first.client, true);
    two.pool.release(second.client, true);

    expect(one.opened.map(({ isClosed }) => isClosed)).toEqual([true]);
    expect(two.opened.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    expect(emptied).toEqual(['one']);
    expect(allIdle.size).toBe(2);
  });

  it('does not count what is in use, closed or gone as idle', async () => {
    const allIdle = new IdleConnections(9);
    const { pool, opened } = aPool({}, undefined, allIdle);
    const [first, second] = [await lease(pool), await lease(pool)];
    pool.release(first.client, true);
    pool.release(second.client, true);
    expect(allIdle.size).toBe(2);

    const again = await lease(pool);
    opened[0]?.emit('end');
    expect(allIdle.size).toBe(0);

    pool.release(again.client, true);
    pool.close();
    expect(allIdle.size).toBe(0);
  });
});
