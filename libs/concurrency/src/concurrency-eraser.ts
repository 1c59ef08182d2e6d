import { Injectable } from '@nestjs/common';
import { type Eraser, Erasers } from '@memori/privacy';

/** A lease names who holds it, for seconds; nothing of what is said comes here. */
@Injectable()
export class ConcurrencyEraser implements Eraser {
  readonly holder = 'concurrency';
  readonly erases = [];
  readonly keeps = { leases: 'slots in use, for seconds' };

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  erase() {
    return Promise.resolve({});
  }
}
