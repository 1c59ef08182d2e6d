import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log } from '@memori/monitoring';
import type { Claim } from './question-record';
import { RunProgress } from './run-progress';

interface Charge {
  readonly tenant: string;
  readonly user: string;
  readonly tokens: number;
  readonly charged: number | null;
}

/** Where nobody waits, nobody needs to know at once. */
const GATHER_MS = 100;

/**
 * How many tokens each tenant and user was served, which the order of the line goes by. Written beside the way of a
 * question, several together: nobody waits for it, and what is lost costs somebody a place in the line, once.
 */
@Injectable()
export class ServiceAccounts implements BeforeApplicationShutdown {
  private outbox: Charge[] = [];
  private timer?: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  /** A run of this claim ended; `tokens` is what all runs of the question used so far, weighted. */
  charge(claim: Claim, tokens: number): void {
    const used = tokens - new RunProgress(claim.progress, 0).weightedTokens();
    const { chargedTokens: charged = null } = claim;
    if (used === (charged ?? 0)) return;
    const { tenantId: tenant, userId: user } = claim.principal;
    this.outbox.push({ tenant, user, tokens: used, charged });
    this.timer ??= setTimeout(() => void this.flush(), charged === null ? GATHER_MS : 0).unref();
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  /** Resolves when every charge so far is written down, or cannot be. */
  settled(): Promise<void> {
    return this.flush();
  }

  /** Throws away the accounts of those who are not ahead of the others. */
  async forget(): Promise<void> {
    await this.database.call('SELECT memori.forget_service()');
  }

  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const charges = this.outbox;
    this.outbox = [];
    if (charges.length > 0) this.writing = this.writing.then(() => this.write(charges));
    return this.writing;
  }

  private async write(charges: Charge[]): Promise<void> {
    try {
      await this.database.call('SELECT memori.charge_service($1)', [JSON.stringify(charges)]);
    } catch (error) {
      this.log.warn('What questions used could not be written down for the order of the line', { error });
    }
  }
}
