import { Database } from '@memori/database';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
jest.setTimeout(120_000);
let world: QuestionWorld;
beforeAll(async () => { world = await questionWorld({ env: { MEMORI_MAX_CONCURRENT_REQUESTS: '100', MEMORI_MAX_REQUESTS_PER_USER: '100', MEMORI_DAILY_TOKEN_LIMIT: '100000000', MEMORI_ROLE: 'all' } }); }, 30_000);
afterAll(() => world?.close());
it('measures', async () => {
  world.claude.answers('SELECT count(*) AS n FROM customers');
  const db = world.get(Database);
  for (let i = 0; i < 20; i++) await world.ask(`warm ${i}`);
  db.counters.watchCommits = true;
  const c0 = { ...db.counters };
  const N = 50; const times: number[] = [];
  let t: Record<string, number> = {};
  for (let i = 0; i < N; i++) { const s = performance.now(); const { answer } = await world.ask(`q ${i}`); times.push(performance.now() - s); for (const [k, v] of Object.entries(answer.timings)) t[k] = (t[k] ?? 0) + v / N; }
  const c1 = { ...db.counters };
  const log: string[] = [];
  const orig = db.call.bind(db) as typeof db.call;
  (db as unknown as { call: typeof db.call }).call = async (sql: string, params?: unknown[]) => { const b = db.counters.durableCommits; const r = await orig(sql, params); log.push(`${db.counters.durableCommits - b} ${sql.slice(0, 90)}`); return r as never; };
  const origT = db.transaction.bind(db) as typeof db.transaction;
  (db as unknown as { transaction: typeof db.transaction }).transaction = async (scope, work, options) => { const b = db.counters.durableCommits; const stm: string[] = []; const r = await origT(scope, (tx) => work({ query: (q: string, p: unknown[]) => { stm.push(q.replace(/\s+/g, ' ').slice(0, 60)); return tx.query(q, p); }, get manager() { return tx.manager; } } as never), options); log.push(`TX ${db.counters.durableCommits - b} ${stm.join(' | ')}`); return r as never; };
  const origQ = db.query.bind(db) as typeof db.query;
  (db as unknown as { query: typeof db.query }).query = async (scope, sql, params) => { const b = db.counters.durableCommits; const r = await origQ(scope, sql, params); log.push(`Q ${db.counters.durableCommits - b} ${sql.replace(/\s+/g, ' ').slice(0, 90)}`); return r as never; };
  await world.ask('traced');
  console.log(log.join('\n'));
  db.counters.watchCommits = false;
  times.sort((a, b) => a - b);
  console.log('per question', Object.fromEntries(Object.entries(c1).filter(([, v]) => typeof v === 'number').map(([k, v]) => [k, ((v as number) - ((c0 as never)[k] as number)) / N])), 'p50', times[25], 'p95', times[47], t);
  for (const clients of [10, 50]) {
    const s = performance.now(); let done = 0;
    await Promise.all(Array.from({ length: clients }, async (_, c) => { for (let i = 0; i < 400 / clients; i++) { const { answer } = await world.ask(`c ${c} ${i}`); if (answer.status === 'answered') done++; } }));
    console.log(clients, 'clients', done / ((performance.now() - s) / 1000), 'q/s');
  }
});
