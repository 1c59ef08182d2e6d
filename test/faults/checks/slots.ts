import type { ClaudeRequest } from '@memori/testing';
import type { World } from '../world/world';
import { type Finding, unless } from './check';

/** A free slot is taken within this time even when nobody was told of it: the sweeper looks every five seconds. */
const SOON_MS = 7000;

/** Live leases by the store's clock, and what the provider saw in flight, never went beyond the limit. */
export async function slots(world: World): Promise<Finding[]> {
  const { all, perUser } = world.slots;
  const { seen } = world.sampler;
  const users = await usersOf(world);
  const calls = world.claude.requests.filter(({ question }) => !world.frozen.has(question));
  const most = mostAtOnce(calls);
  const mostOfUser = Math.max(
    0,
    ...[...groupBy(calls, ({ question }) => users.get(question) ?? '')].map(([, requests]) => mostAtOnce(requests)),
  );
  const over = [
    ...(seen.mostLeases > all ? [`${seen.mostLeases} leases`] : []),
    ...(seen.mostLeasesOfUser > perUser ? [`${seen.mostLeasesOfUser} leases of one user`] : []),
  ];
  const inFlight = [
    ...(most > all ? [`${most} in flight`] : []),
    ...(mostOfUser > perUser ? [`${mostOfUser} of one user in flight`] : []),
  ];
  const idle = seen.longestIdleMs > SOON_MS ? [`a slot was free for ${Math.round(seen.longestIdleMs)} ms`] : [];
  return [
    unless(
      over,
      `Live leases ≤ ${all}, ≤ ${perUser} a user`,
      `${seen.mostLeases} and ${seen.mostLeasesOfUser} at most, ${seen.samples} looks`,
    ),
    unless(
      inFlight,
      'and so are calls in flight at Claude',
      `${most} and ${mostOfUser} at most, ${calls.length} calls`,
    ),
    unless(idle, 'A waiter runs soon after a slot frees', `${Math.round(seen.longestIdleMs)} ms at most`),
  ];
}

async function usersOf(world: World): Promise<Map<string, string>> {
  const rows = await world.sql.rows<{ question: string; who: string }>(
    `SELECT question, tenant_id || ' ' || user_id AS who FROM memori.questions`,
  );
  return new Map(rows.map(({ question, who }) => [question, who]));
}

/** From when a call came in until its answer was out, or it was cut off. */
function mostAtOnce(requests: readonly ClaudeRequest[]): number {
  const steps = requests.flatMap(({ receivedAtMs, endedAtMs }) => [
    { at: receivedAtMs, by: 1 },
    { at: endedAtMs ?? Infinity, by: -1 },
  ]);
  steps.sort((a, b) => a.at - b.at || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of steps) most = Math.max(most, (now += by));
  return most;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
