import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@memori/monitoring';
import { CLAIM_MS, QuestionLine } from './question-line';
import type { Claim } from './question-record';

/** Why a run is stopped from outside. */
export type StopReason = 'claim-lost' | 'cancelled' | 'shutting-down';

interface Held {
  readonly claim: Claim;
  readonly controller: AbortController;
  /** Local monotonic time until which the claim surely stands: the database's clock began later. */
  standsUntil: number;
}

const RENEW_MS = CLAIM_MS / 3;
const MARGIN_MS = 2000;

/**
 * Keeps the claims of this process alive while their questions run, all by one statement. A claim that is gone, or that
 * could not be renewed in time, stops its run before anybody else may start one.
 */
@Injectable()
export class ClaimKeeper implements OnApplicationShutdown {
  private readonly held = new Map<string, Held>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly line: QuestionLine,
    private readonly log: Log,
  ) {}

  /** From now on the claim is kept; the controller aborts when it is lost. `claimedAt`: when it was asked for. */
  keep(claim: Claim, controller: AbortController, claimedAt: number): void {
    this.held.set(claim.id, { claim, controller, standsUntil: claimedAt + CLAIM_MS - MARGIN_MS });
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS).unref();
  }

  letGo(claim: Claim): void {
    if (this.held.get(claim.id)?.claim === claim) this.held.delete(claim.id);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  stop(id: string, reason: StopReason): void {
    this.held.get(id)?.controller.abort(reason);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Public for tests; the timer calls it. */
  async renew(): Promise<void> {
    // First of all: the database may hang, and its answer be waited for longer than the claims last.
    this.stopExpiring();
    const asked = [...this.held.values()];
    const askedAt = performance.now();
    try {
      const kept = await this.line.renew(asked.map(({ claim }) => claim));
      for (const held of asked) {
        if (kept.has(held.claim.id)) held.standsUntil = askedAt + CLAIM_MS - MARGIN_MS;
        else held.controller.abort('claim-lost' satisfies StopReason);
      }
    } catch (error) {
      this.log.warn('Claims on running questions could not be renewed', { error, claims: asked.length });
    }
  }

  /** Runs whose claim may end before the next look at it. */
  private stopExpiring(): void {
    for (const { standsUntil, controller } of this.held.values()) {
      if (performance.now() + RENEW_MS > standsUntil) controller.abort('claim-lost' satisfies StopReason);
    }
  }
}
