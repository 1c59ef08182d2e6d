import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log } from '@memori/monitoring';
import { BackgroundConsumers } from './background-consumers';
import { BackgroundRepository, type ReplyPlace } from './background-repository';
import { problemFor } from './background-verdict';

const AT_ONCE = 50;
const MOST_DELIVERIES = 5;
const FIRST_PAUSE_MS = 2000;

/** Brings replies to whoever asked for them. */
@Injectable()
export class BackgroundDelivery {
  constructor(
    private readonly database: Database,
    private readonly repository: BackgroundRepository,
    private readonly consumers: BackgroundConsumers,
    private readonly log: Log,
  ) {}

  async deliverAll(): Promise<void> {
    for (;;) {
      const places = await this.repository.undelivered(this.consumers.purposes, AT_ONCE);
      for (const place of places) await this.deliver(place);
      if (places.length < AT_ONCE) return;
    }
  }

  private async deliver(place: ReplyPlace): Promise<void> {
    try {
      await this.database.transaction({ tenantId: place.tenantId, userId: place.userId }, async (tx) => {
        const reply = await this.repository.lockReply(tx, place.id);
        if (!reply) return;
        await this.consumers.get(reply.purpose)?.take(tx, reply);
        await this.repository.take(tx, reply.id);
      });
    } catch (error) {
      this.log.error('A reply of background work could not be taken', { error, requestId: place.id });
      if (place.deliveries + 1 >= MOST_DELIVERIES) await this.repository.failDelivery(place.id, problemFor(error));
      else await this.repository.deliverLater(place.id, FIRST_PAUSE_MS * 2 ** place.deliveries);
    }
  }
}
