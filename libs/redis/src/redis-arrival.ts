import type { RedisOptions } from 'ioredis';
import { checkRedis, RedisAwayError } from './redis-server';

/** How long a start is held up for a Redis that starts beside it. */
const AT_START_MS = 2000;
/** One look, and the rest before the next. */
const LOOK_MS = 10_000;
const REST_MS = 1000;

export interface ArrivalLog {
  log(message: string): void;
  warn(message: string): void;
}

/**
 * A Redis that comes later than the process keeps nobody from starting: what needs it waits, and the process says that it
 * is not ready, and why, until Redis has been there once. That it goes away later is another matter: questions wait then,
 * and all else goes on.
 */
export class RedisArrival {
  private readonly stopped = new AbortController();
  private missing?: string;
  private looking: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: RedisOptions,
    private readonly log: ArrivalLog,
  ) {}

  /** Throws a StartError when what answers there is of no use: too old, or it refuses the password. */
  static async begin(options: RedisOptions, log: ArrivalLog, waitMs = AT_START_MS): Promise<RedisArrival> {
    const arrival = new RedisArrival(options, log);
    try {
      arrival.tell(await checkRedis(options, waitMs));
    } catch (error) {
      if (!(error instanceof RedisAwayError)) throw error;
      arrival.missing = error.message;
      log.warn(
        `${error.message} Questions that need the model wait, and this process is not ready, until it is there.`,
      );
      arrival.looking = arrival.look();
    }
    return arrival;
  }

  /** Why the process is not ready; undefined once Redis has been there. */
  get problem(): string | undefined {
    return this.missing;
  }

  /** Resolves when it looks no more, because Redis is there or because it was stopped. */
  settled(): Promise<void> {
    return this.looking;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.looking;
  }

  private async look(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted && this.missing !== undefined) {
      try {
        const warnings = await checkRedis(this.options, LOOK_MS, signal);
        this.missing = undefined;
        this.log.log('Redis is there.');
        this.tell(warnings);
      } catch (error) {
        const { message } = error as Error;
        if (!signal.aborted && message !== this.missing) this.log.warn(message);
        this.missing = message;
        await rest(signal);
      }
    }
  }

  private tell(warnings: readonly string[]): void {
    for (const warning of warnings) this.log.warn(warning);
  }
}

function rest(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, REST_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
