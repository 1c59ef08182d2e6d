import { setTimeout as sleep } from 'node:timers/promises';
import { expectThat, type Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** What a question may fail with when its database is cut off: said in words, worth asking again. */
const MAY_FAIL_WITH = ['answered', 'unavailable', 'database-unavailable'];

/** An administrator, a failover or a pooler cuts every connection, again and again. */
export const scenario: Scenario = {
  name: 'postgres-cut',
  about: 'pg_terminate_backend for every connection of Memori, five times under load',
  async run(world) {
    const load = steadyLoad(world, { seconds: 6, everyMs: 250 });
    for (let round = 0; round < 5; round++) {
      await sleep(600 + 600 * world.chance());
      await world.sql.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name <> 'faults'`);
    }
    const asked = await load;
    const acknowledged = asked.filter(({ id, status }) => id !== undefined && (status === 200 || status === 202));
    for (const each of acknowledged) await world.finish(each);
    const odd = acknowledged.filter(({ outcome }) => !MAY_FAIL_WITH.includes(outcome ?? ''));
    expectThat(odd.length === 0, `unexpected ends: ${odd.map(({ outcome }) => outcome).join(', ')}`);
    const codes = asked
      .filter(({ status }) => (status ?? 0) >= 500)
      .map(({ status, outcome }) => `${status} ${outcome}`);
    world.print(`   ${acknowledged.length} acknowledged, refused: ${codes.join(', ') || 'none'}`);
    await world.expectAnswered([
      await world.ask(world.question(), { api: 0 }),
      await world.ask(world.question(), { api: 1 }),
    ]);
  },
};
