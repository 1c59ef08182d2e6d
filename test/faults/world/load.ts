import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked } from './asked';
import type { World } from './world';

export interface LoadOptions {
  readonly seconds: number;
  /** Between two questions, on average. */
  readonly everyMs?: number;
  readonly users?: number;
  readonly word?: string;
}

/** Questions of several users by turns at both API processes, half of them without waiting; resolves when all are sent. */
export async function steadyLoad(world: World, options: LoadOptions): Promise<Asked[]> {
  const { seconds, everyMs = 400, users = 4, word } = options;
  const until = performance.now() + seconds * 1000;
  const sent: Promise<Asked>[] = [];
  while (performance.now() < until) {
    const user = `loader-${Math.floor(world.chance() * users)}`;
    sent.push(world.ask(world.question(word), { user, isAsync: world.chance() < 0.5, waitSeconds: 20 }));
    await sleep(everyMs * (0.5 + world.chance()));
  }
  return Promise.all(sent);
}
