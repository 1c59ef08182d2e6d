import { replies } from '@memori/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** One killed backend restarts the whole server and empties its UNLOGGED tables, the leases among them. */
export const scenario: Scenario = {
  name: 'postgres-crash',
  about: 'kill -9 of one PostgreSQL backend while every slot is taken: the server restarts without its leases',
  shortModes: ['postgres'],
  async run(world) {
    const answers = replies.sql('SELECT count(*) AS orders FROM orders');
    world.claude.answers(() => replies.delay(1500, answers));
    const load = steadyLoad(world, { seconds: 8, everyMs: 200, users: 6 });
    await sleep(3000);
    const { pid } = await world.sql.row<{ pid: number }>(`SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'memori' LIMIT 1`);
    process.kill(pid, 'SIGKILL');
    const asked = await load;
    const acknowledged = asked.filter(({ id, status }) => id !== undefined && (status === 200 || status === 202));
    for (const each of acknowledged) await world.finish(each);
    world.print(`   ${acknowledged.length} of ${asked.length} acknowledged`);
    await world.expectAnswered([
      await world.ask(world.question(), { api: 0 }),
      await world.ask(world.question(), { api: 1 }),
    ]);
  },
};
