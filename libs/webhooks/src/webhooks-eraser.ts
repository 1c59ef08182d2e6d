import { Injectable } from '@nestjs/common';
import { type Eraser, Erasers } from '@memori/privacy';

/** Holds nothing of a user by itself: a delivery goes with the event that it tells of. */
@Injectable()
export class WebhooksEraser implements Eraser {
  readonly holder = 'webhooks';
  readonly erases = ['webhook_deliveries'];
  readonly keeps = { webhooks: 'addresses that an administrator has set' };

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  erase() {
    return Promise.resolve({});
  }
}
