import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { isConflict } from '@memori/database';
import { Log } from '@memori/monitoring';
import { SessionSummaries } from '../summaries/session-summaries';
import { FactDrawing } from './fact-drawing';
import { FactSettings } from './fact-settings';
import { FactRepository } from './fact.repository';

const SESSIONS_AT_ONCE = 50;

/** Looks, wherever the worker is mounted, for sessions in which something was said: facts are drawn from it, and long ones summed up. */
@Injectable()
export class FactRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private current?: Promise<void>;
  private isClosed = false;

  constructor(
    private readonly drawing: FactDrawing,
    private readonly repository: FactRepository,
    private readonly summaries: SessionSummaries,
    private readonly settings: FactSettings,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.MEMORI_ROLE === 'api') return;
    this.timer = setInterval(() => void this.tick(), this.settings.tickMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    await this.current;
  }

  /** Everything that is due now. */
  async round(): Promise<void> {
    if (!this.drawing.isOn) return;
    await this.drawFacts();
    for (const session of await this.summaries.due(this.settings.quietMs, SESSIONS_AT_ONCE)) {
      if (this.isClosed) return;
      await this.summaries.summarise(session);
    }
  }

  private async drawFacts(): Promise<void> {
    for (;;) {
      const due = await this.repository.due(this.settings, SESSIONS_AT_ONCE);
      let hasMore = false;
      for (const session of due) {
        if (this.isClosed) return;
        // Somebody who writes at this moment comes first; the next round tries again.
        while (await this.drawing.draw(session).catch(passed)) hasMore = true;
      }
      if (!hasMore) return;
    }
  }

  private tick(): Promise<void> {
    return (this.current ??= this.round()
      .catch((error: unknown) => this.log.warn('Facts could not be drawn; the next round tries again', { error }))
      .finally(() => (this.current = undefined)));
  }
}

function passed(error: unknown): boolean {
  if (isConflict(error)) return false;
  throw error;
}
