import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

/** A script beside this file, sent by its hash; in full only to a Redis that does not know it (yet, or any more). */
export class LuaScript {
  private readonly text: string;
  private readonly sha: string;

  constructor(name: string) {
    this.text = readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8');
    this.sha = createHash('sha1').update(this.text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.text, keys.length, ...keys, ...args);
    }
  }
}
