import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Clock } from '@memori/scope';

/** About what a question takes, before any was answered. */
const UNKNOWN_MS = 4000;
const KEPT_MS = 5000;

/** How long a question takes once it has its turn, measured on those answered last (see `question_service_ms`). */
@Injectable()
export class ServiceTime {
  private measured?: { readonly ms: number; readonly untilMs: number };

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly env: Env,
  ) {}

  /**
   * Until the question at `position` (from 1) has its turn: those before it and it go through all slots side by side, a
   * service time each. Never before the moment for which it is put off.
   */
  async estimateWaitMs(position: number, putOffMs: number): Promise<number> {
    const turns = Math.ceil(position / this.env.MEMORI_MAX_CONCURRENT_REQUESTS);
    return Math.round(Math.max(putOffMs, turns * (await this.serviceMs())));
  }

  private async serviceMs(): Promise<number> {
    const nowMs = this.clock.nowMs();
    if (this.measured && nowMs < this.measured.untilMs) return this.measured.ms;
    const [row] = await this.database.call<{ ms: number | null }>('SELECT memori.question_service_ms() AS ms');
    this.measured = { ms: row?.ms ?? UNKNOWN_MS, untilMs: nowMs + KEPT_MS };
    return this.measured.ms;
  }
}
