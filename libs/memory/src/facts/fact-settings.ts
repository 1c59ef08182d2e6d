import { Injectable } from '@nestjs/common';

/** When facts are drawn. A class of its own, so that a test need not wait. */
@Injectable()
export class FactSettings {
  /** How often sessions are looked for. */
  readonly tickMs: number = 1000;
  /** A session in which nothing was said for so long is looked at, … */
  readonly quietMs: number = 2000;
  /** … or one with so many turns that are new, … */
  readonly enoughTurns: number = 20;
  /** … or with one that has waited for so long. */
  readonly patienceMs: number = 15_000;
}
