import type { OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import type { FenceBlocks } from './fence-blocks';
import { LuaScript } from './lua-script';
import type { PaceReport } from './pace';
import type { PauseReason } from './slot-key';
import { SLOT_FREE_CHANNEL, type SlotAnswer, type SlotAsk, SlotStore } from './slot-store';

// One hash tag: a script may touch keys of one node of a cluster only.
const STATE = 'memori:{slots}:state';
const PACE = 'memori:{slots}:pace:';

/** How long a command may take before its caller goes on as if Redis were away. */
const PATIENCE_MS = 2000;
const SILENCE_MS = 10_000;
const OPEN_MS = 2000;
/** Blocks of fences are drawn and lost only around a restart; more rounds than this are a fault. */
const ROUNDS = 4;

interface NeedsFences {
  readonly need: 'fences';
  readonly askedAt: number;
  readonly askedFor: string;
}

/**
 * Leases in Redis, taken by one script that runs alone and by the server's own clock. A server that lost its data, or
 * restarted with data that may lack the last grants, or a promoted replica, is recognised by its run id and begins a new
 * epoch. Fences come from PostgreSQL in blocks.
 */
export class RedisSlotStore extends SlotStore implements OnApplicationShutdown {
  private readonly acquireScript = new LuaScript('acquire-slot');
  private readonly renewScript = new LuaScript('renew-slot');
  private readonly releaseScript = new LuaScript('release-slot');
  private readonly pauseScript = new LuaScript('pause-rate');
  private readonly reportScript = new LuaScript('report-pace');
  private readonly redis: Redis;
  private readonly listeners = new Set<() => void>();
  private subscriber?: Redis;

  constructor(
    private readonly options: RedisOptions,
    private readonly fences: FenceBlocks,
    patienceMs = PATIENCE_MS,
  ) {
    super();
    // Nothing is kept for later: who asks while Redis is away is told so at once, and no wish is granted twice.
    this.redis = quiet(
      new Redis({
        ...options,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        commandTimeout: patienceMs,
        socketTimeout: SILENCE_MS,
        disconnectTimeout: 100,
      }),
    );
  }

  /** Begins an epoch where there is none. A Redis that does not answer yet is waited for by those who want slots. */
  async open(leaseMs: number): Promise<void> {
    await this.connected();
    const nobody = { tenantId: '', userId: '', holder: '', most: 0, mostPerUser: 0, isBackground: false };
    const tokens = { mostBackground: 0, mostBackgroundPerUser: 0, inputTokens: 0, outputTokens: 0 };
    await this.acquire({ ...nobody, ...tokens, leaseMs, holder: 'start' }).catch(() => undefined);
  }

  async acquire(ask: SlotAsk): Promise<SlotAnswer> {
    try {
      return await this.tryAcquire(ask);
    } catch (error) {
      // It may have been granted, and the answer lost: the slot need not stay taken for a whole lease.
      this.releaseScript.run(this.redis, [STATE], [ask.holder, '', SLOT_FREE_CHANNEL]).catch(() => undefined);
      throw error;
    }
  }

  async renew(fence: bigint, holder: string, leaseMs: number): Promise<boolean> {
    return (await this.renewScript.run(this.redis, [STATE], [holder, String(fence), String(leaseMs)])) === 1;
  }

  async release(fence: bigint, holder: string): Promise<boolean> {
    return (await this.releaseScript.run(this.redis, [STATE], [holder, String(fence), SLOT_FREE_CHANNEL])) === 1;
  }

  async pause(rateKey: string, ms: number, reason: PauseReason): Promise<void> {
    await this.pauseScript.run(this.redis, [PACE + rateKey], [String(ms), reason]);
  }

  async report(reports: readonly PaceReport[]): Promise<void> {
    await Promise.all(
      reports.map((each) =>
        this.reportScript.run(this.redis, [STATE, PACE + each.rateKey], [JSON.stringify({ ...each })]),
      ),
    );
  }

  onFreed(listener: () => void): () => void {
    this.listeners.add(listener);
    this.subscriber ??= this.subscribe();
    return () => void this.listeners.delete(listener);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
    this.subscriber?.disconnect();
  }

  private async tryAcquire(ask: SlotAsk): Promise<SlotAnswer> {
    const wish = JSON.stringify(ask);
    let block = '';
    for (let round = 0; round < ROUNDS; round++) {
      const keys = [STATE, PACE + (ask.rateKey ?? '')];
      const reply = String(await this.acquireScript.run(this.redis, keys, [wish, block]));
      const answer = JSON.parse(reply) as SlotAnswer | NeedsFences;
      if (!('need' in answer)) return answer;
      const { askedAt, askedFor } = answer;
      block = JSON.stringify({ ...(await this.fences.draw()), askedAt, askedFor });
    }
    throw new Error('The leases in Redis were lost again and again while one was asked for.');
  }

  /** A connection of its own, as Redis wants it; what was published while it was gone is made up for by one notice. */
  private subscribe(): Redis {
    const subscriber = quiet(
      new Redis({ ...this.options, maxRetriesPerRequest: null, keepAlive: SILENCE_MS, disconnectTimeout: 100 }),
    );
    subscriber.on('message', () => this.tellListeners());
    subscriber.on('ready', () => {
      void subscriber.subscribe(SLOT_FREE_CHANNEL).then(
        () => this.tellListeners(),
        () => undefined,
      );
    });
    return subscriber;
  }

  private tellListeners(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private connected(): Promise<void> {
    if (this.redis.status === 'ready') return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, OPEN_MS);
      this.redis.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** ioredis prints errors that nobody listens to; whoever sent a command hears of it anyway. */
function quiet(redis: Redis): Redis {
  return redis.on('error', () => undefined);
}
