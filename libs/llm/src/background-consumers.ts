import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import type { BackgroundReply } from './background-repository';
import type { BackgroundRequest } from './background-request';

/** Whoever asked for background work, and wants its reply. */
export interface BackgroundConsumer {
  readonly purpose: BackgroundRequest['purpose'];
  /**
   * Writes what the reply brought, in the transaction that also ends the request: both happen once or not at all. The
   * scope is that of the one who pays. A throw is tried again later.
   */
  take(tx: Tx, reply: BackgroundReply): Promise<void>;
}

/** All that registered, by purpose. */
@Injectable()
export class BackgroundConsumers {
  private readonly all = new Map<string, BackgroundConsumer>();

  register(consumer: BackgroundConsumer): void {
    this.all.set(consumer.purpose, consumer);
  }

  get purposes(): string[] {
    return [...this.all.keys()];
  }

  get(purpose: string): BackgroundConsumer | undefined {
    return this.all.get(purpose);
  }
}
