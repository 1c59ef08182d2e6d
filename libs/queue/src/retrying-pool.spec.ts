import type { Pool } from 'pg';
import { retryConflicts } from './retrying-pool';

/** A pool whose statements fail with these codes, one after the other, and then succeed. */
function aPool(...codes: string[]) {
  let sent = 0;
  const query = () => {
    const code = codes[sent++];
    return code === undefined
      ? Promise.resolve({ rows: ['done'] })
      : Promise.reject(Object.assign(new Error(code), { code }));
  };
  const pauses: number[] = [];
  const pool = retryConflicts({ query, ending: false } as unknown as Pool, async (ms) => pauses.push(ms));
  return { pool, pauses, sent: () => sent };
}

it('sends a statement again after a deadlock or a serialization failure', async () => {
  const { pool, sent } = aPool('40P01', '40001');
  expect(await pool.query('SELECT 1')).toEqual({ rows: ['done'] });
  expect(sent()).toBe(3);
});

it('gives up after the eighth time', async () => {
  const { pool, sent } = aPool(...Array<string>(20).fill('40P01'));
  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: '40P01' });
  expect(sent()).toBe(8);
});

it('does not repeat what failed for another reason', async () => {
  const { pool, sent } = aPool('BM001');
  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'BM001' });
  expect(sent()).toBe(1);
});

it('makes an outage one that BullMQ waits for, and waits a moment itself', async () => {
  const { pool, pauses } = aPool('57P01');
  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(pauses).toEqual([250]);
});
