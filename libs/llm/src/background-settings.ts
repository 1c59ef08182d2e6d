import { Injectable } from '@nestjs/common';

/** How background work is paced. A class of its own, so that a test need not wait for a day. */
@Injectable()
export class BackgroundSettings {
  /** A look at everything, should a notification be lost. */
  readonly tickMs: number = 5000;
  /** Direct calls of one process at once. Slots bound all processes together. */
  readonly directCalls: number = 2;
  /** A batch goes when so many wait, … */
  readonly batchEnough: number = 100;
  /** … or when one has waited for so long. */
  readonly batchPatienceMs: number = 60_000;
  /** The API takes 100,000 requests and 256 MB; a claim must be able to reserve for all of them in its time. */
  readonly batchMost: number = 500;
  /** How often a batch is asked for while it is processed: mostly done within an hour, within a day at most. */
  readonly pollMs: number = 60_000;
  /** A batch expires after 24 hours; its results are read a little later at most. */
  readonly batchHoldMs: number = 26 * 3_600_000;
  /** How far the provider's clock may be from ours when an orphan is looked for. */
  readonly clockSkewMs: number = 300_000;
  /** After so long without an answer to its creation, a batch that the provider does not list was never made. */
  readonly orphanAfterMs: number = 120_000;
  readonly keepDays: number = 30;
}
