import type { Person } from '../world/people';
import type { World } from '../world/world';
import { type Finding, unless } from './check';

/** Everybody finds his own in every place, so that finding nobody else's proves something. */
export async function isolation(world: World): Promise<Finding[]> {
  const own: string[] = [];
  const foreign: string[] = [];
  let looks = 0;
  for (const me of world.people) {
    const ask = reader(world, me);
    for (const owner of world.people) {
      const isMine = owner === me;
      for (const [place, text] of await placesOf(ask, owner)) {
        looks++;
        const found = text.includes(owner.secret);
        if (isMine && !found) own.push(`${nameOf(me)} does not find his own in ${place}`);
        if (!isMine && found) foreign.push(`${nameOf(me)} reads ${nameOf(owner)}'s in ${place}`);
      }
    }
  }
  return [
    unless(own, 'Everybody finds his own', `${world.people.length} people`),
    unless(foreign, 'and nobody finds another’s', `${looks} looks`),
  ];
}

type Ask = (method: string, path: string, body?: object) => Promise<string>;

/** By whichever API process is alive, one after the other. */
function reader(world: World, { key }: Person): Ask {
  const alive = world.instances.filter(({ role, isRunning }) => role === 'api' && isRunning);
  let turn = 0;
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}` };
    return (await world.callAt(alive[turn++ % alive.length], method, path, { body, headers })).text;
  };
}

/** Where the secret of `owner` may show. What is searched for does not hold it. */
async function placesOf(ask: Ask, owner: Person): Promise<[string, string][]> {
  return [
    ['search', await ask('POST', '/v1/memories/search', { query: `What is the secret of ${owner.userId}?` })],
    ['list of memories', await ask('GET', '/v1/memories?limit=200')],
    ['list of questions', await ask('GET', '/v1/questions?limit=200')],
    ['memory by id', await ask('GET', `/v1/memories/${owner.memoryId}`)],
    ['turns by session', await ask('GET', `/v1/sessions/${owner.sessionId}/turns`)],
    ['question by id', await ask('GET', `/v1/questions/${owner.questionId}`)],
    ['rows by question', await ask('GET', `/v1/questions/${owner.questionId}/rows`)],
  ];
}

function nameOf({ userId, tenantId }: Person): string {
  return `${userId} of ${tenantId}`;
}
