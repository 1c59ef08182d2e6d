import type { ClientConfig } from 'pg';
import type { Leases, SlotsNow } from './leases';
import { Sql } from './sql';

const EVERY_MS = 100;

/** What was seen while faults happened, by the clock of the store. */
export interface Seen {
  samples: number;
  /** Most live leases at once, over all and of one user. */
  mostLeases: number;
  mostLeasesOfUser: number;
  /** By how much any account stood beyond its limit, flagged excess taken off. Never above 0. */
  mostOverLimit: number;
  /** Longest time in which a slot was free while somebody waited who might have had it. */
  longestIdleMs: number;
}

const OVER_LIMIT = `
  SELECT coalesce(max(greatest(posted_tokens + held_tokens - excess_tokens - limit_tokens,
    posted_nano_usd + held_nano_usd - excess_nano_usd - limit_nano_usd)), 0)::bigint AS over FROM memori.accounts`;

const WAITING = `
  SELECT tenant_id || ' ' || user_id AS who FROM memori.questions
  WHERE status = 'queued' AND wait_reason = 'no-slot'`;

/** Looks at leases and accounts ten times a second, on connections of its own. */
export class Sampler {
  readonly seen: Seen = { samples: 0, mostLeases: 0, mostLeasesOfUser: 0, mostOverLimit: 0, longestIdleMs: 0 };
  private idleSince?: number;
  private isStopped = false;
  private loop?: Promise<void>;

  constructor(
    private readonly config: ClientConfig,
    private readonly leases: Leases,
    private readonly limits: { readonly slots: number; readonly slotsPerUser: number },
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** Looks at waiting anew: a slot may be free while no process lives that could take it. */
  forgiveIdleness(): void {
    this.idleSince = undefined;
    this.seen.longestIdleMs = 0;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.loop;
  }

  private async run(): Promise<void> {
    const sql = new Sql(this.config);
    while (!this.isStopped) {
      // A server that is down on purpose is looked at again when it is back; until then nobody can take a slot.
      await this.look(sql).catch(() => (this.idleSince = undefined));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await sql.close();
  }

  private async look(sql: Sql): Promise<void> {
    const { over } = await sql.row<{ over: string }>(OVER_LIMIT);
    this.seen.mostOverLimit = Math.max(this.seen.mostOverLimit, Number(over));
    const waiting = (await sql.rows<{ who: string }>(WAITING)).map(({ who }) => who);
    this.note(await this.leases.now(sql), waiting);
  }

  private note({ users, isHeldBack }: SlotsNow, waiting: readonly string[]): void {
    const { seen, limits } = this;
    const ofUser = (user: string) => users.filter((other) => other === user).length;
    seen.samples++;
    seen.mostLeases = Math.max(seen.mostLeases, users.length);
    seen.mostLeasesOfUser = Math.max(seen.mostLeasesOfUser, ...users.map(ofUser));
    const mightRun = waiting.some((user) => ofUser(user) < limits.slotsPerUser);
    if (!mightRun || users.length >= limits.slots || isHeldBack) this.idleSince = undefined;
    else {
      this.idleSince ??= performance.now();
      seen.longestIdleMs = Math.max(seen.longestIdleMs, performance.now() - this.idleSince);
    }
  }
}
