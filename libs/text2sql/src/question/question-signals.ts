import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, NotificationHub } from '@memori/database';
import { Log } from '@memori/monitoring';
import { newId } from '@memori/scope';

const CHANNEL = 'memori_question';

export type Signal = 'changed' | 'cancelled';
type Listener = (signal: Signal) => void;

/**
 * Tells whoever waits that a question changed: in this process at once, in others by a notification. Notifications are
 * sent after the commit that they speak of, several together, so that no durable commit waits for another's (a
 * transaction with NOTIFY holds a database-wide lock while it commits). One that is lost costs a slow look at the table.
 */
@Injectable()
export class QuestionSignals implements OnModuleInit, OnModuleDestroy {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly everyListener = new Set<(id: string, signal: Signal) => void>();
  private readonly origin = newId();
  /** The embedded PostgreSQL serves one process: there are no others to tell. */
  private readonly isAlone: boolean;
  private outbox: string[] = [];
  private stopListening?: () => void;

  constructor(
    private readonly database: Database,
    private readonly hub: NotificationHub,
    private readonly log: Log,
    env: Env,
  ) {
    this.isAlone = env.MEMORI_DATABASE_URL === '';
  }

  onModuleInit(): void {
    if (!this.isAlone) this.stopListening = this.hub.on(CHANNEL, (payload) => this.receive(payload));
  }

  onModuleDestroy(): void {
    this.stopListening?.();
  }

  tell(id: string, signal: Signal = 'changed'): void {
    this.dispatch(id, signal);
    if (this.isAlone) return;
    this.outbox.push(`${this.origin} ${id} ${signal}`);
    if (this.outbox.length === 1) setImmediate(() => void this.send());
  }

  /** Calls `listener` at each change of one question. */
  on(id: string, listener: Listener): () => void {
    const known = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id);
    };
  }

  /** Calls `listener` at each change of any question. */
  onAny(listener: (id: string, signal: Signal) => void): () => void {
    this.everyListener.add(listener);
    return () => this.everyListener.delete(listener);
  }

  private async send(): Promise<void> {
    const payloads = this.outbox;
    this.outbox = [];
    try {
      await this.database.call(
        `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, payload) FROM unnest($2::text[]) AS payload`,
        [CHANNEL, payloads],
      );
    } catch (error) {
      this.log.warn('Other processes could not be told of changed questions; they will look by themselves', { error });
    }
  }

  private receive(payload: string): void {
    const [origin, id, signal] = payload.split(' ');
    if (origin === this.origin || id === undefined) return;
    this.dispatch(id, signal === 'cancelled' ? 'cancelled' : 'changed');
  }

  private dispatch(id: string, signal: Signal): void {
    for (const listener of [...(this.listeners.get(id) ?? [])]) listener(signal);
    for (const listener of [...this.everyListener]) listener(id, signal);
  }
}

/** A watch that misses nothing between two looks: a change that came before `next` resolves it at once. */
export class QuestionWatch {
  private hasChanged = false;
  private wake?: () => void;
  private readonly stop: () => void;

  constructor(signals: QuestionSignals, id: string) {
    this.stop = signals.on(id, () => {
      this.hasChanged = true;
      this.wake?.();
    });
  }

  /** Resolves at the next change, after `timeoutMs`, or when `signal` aborts. */
  async next(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.hasChanged && timeoutMs > 0 && !signal?.aborted) await this.sleep(timeoutMs, signal);
    this.hasChanged = false;
  }

  close(): void {
    this.stop();
  }

  private sleep(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal?.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}
