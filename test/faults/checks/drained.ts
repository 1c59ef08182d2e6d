import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world/world';
import type { Finding } from './check';

/** Beyond the life of a hold: claims that were lost, and the reaper’s round. */
const MARGIN_MS = 50_000;

const LEFT = `
  SELECT (SELECT count(*) FROM memori.questions WHERE status IN ('queued', 'running'))::int AS unfinished,
         (SELECT count(*) FROM memori.holds WHERE state = 'open')::int AS open_holds,
         (SELECT coalesce(sum(held_tokens), 0) FROM memori.accounts)::bigint AS held_tokens,
         (SELECT coalesce(sum(held_nano_usd), 0) FROM memori.accounts)::bigint AS held_nano`;

interface Left {
  readonly unfinished: number;
  readonly open_holds: number;
  readonly leases: number;
  readonly held_tokens: string;
  readonly held_nano: string;
}

/** When the faults are over the line empties, slots come free and nothing stays held. To be checked before all else. */
export async function drained(world: World): Promise<Finding[]> {
  const started = performance.now();
  let left: Left;
  do {
    left = {
      ...(await world.sql.row<Omit<Left, 'leases'>>(LEFT)),
      leases: (await world.leases.now(world.sql)).users.length,
    };
    if (isNothing(left)) break;
    await sleep(200);
  } while (performance.now() - started < world.holdTtlMs + MARGIN_MS);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const isSo = isNothing(left);
  return [
    {
      sentence: 'The line drains and held returns to 0',
      isSo,
      evidence: isSo ? `after ${seconds} s` : `after ${seconds} s still ${JSON.stringify(left)}`,
    },
  ];
}

function isNothing(left: Left): boolean {
  return left.unfinished + left.open_holds + left.leases === 0 && left.held_tokens === '0' && left.held_nano === '0';
}
