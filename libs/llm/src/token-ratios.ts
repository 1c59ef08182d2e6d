import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log } from '@memori/monitoring';
import { bucketOf, RatioSketch } from './ratio-sketch';

/** So many samples before a bound may fall below what the documented factors say: fewer say nothing of one in a hundred. */
const ENOUGH_TO_LOWER = 300;
/** So many before it may rise above it: a gateway with another tokenizer shows at once. */
const ENOUGH_TO_RAISE = 30;
const SHARE = 0.99;
/** On top of the percentile, for the hundredth call. */
const MARGIN = 1.1;
const LOWEST_FACTOR = 1.1;
const HIGHEST_FACTOR = 3;
const FLUSH_MS = 10_000;

interface RatioRow {
  readonly model: string;
  readonly bucket: number;
  readonly samples: string | number;
}

/**
 * How many input tokens calls have, compared with their estimates, per model over all instances. A call's figure waits in
 * memory for a few seconds and is then written with the others; nobody waits for that.
 */
@Injectable()
export class TokenRatios implements OnApplicationBootstrap, OnModuleDestroy {
  private sketches = new Map<string, RatioSketch>();
  private pending = new Map<string, { model: string; bucket: number; samples: number }>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.flush();
    this.timer = setInterval(() => void (this.pending.size > 0 && this.flush()), FLUSH_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    if (this.pending.size > 0) await this.flush();
  }

  /** The most input tokens of a call that is estimated at `typical`, and at `documented` by the documented factors. */
  mostInput(model: string, typical: number, documented: number): number {
    const sketch = this.sketches.get(model);
    if (!sketch || sketch.samples < ENOUGH_TO_RAISE) return documented;
    const factor = Math.min(HIGHEST_FACTOR, Math.max(LOWEST_FACTOR, sketch.quantile(SHARE) * MARGIN));
    const measured = Math.ceil(typical * factor);
    return sketch.samples < ENOUGH_TO_LOWER ? Math.max(documented, measured) : measured;
  }

  /** What a call that was estimated at `typical` really had. */
  note(model: string, typical: number, actual: number): void {
    if (typical <= 0 || actual <= 0) return;
    const bucket = bucketOf(actual / typical);
    const key = `${bucket} ${model}`;
    this.pending.set(key, { model, bucket, samples: (this.pending.get(key)?.samples ?? 0) + 1 });
    this.sketchOf(model).add(bucket);
  }

  /** Writes what was noted, and takes over what the other instances noted. */
  async flush(): Promise<void> {
    const noted = [...this.pending.values()];
    this.pending = new Map();
    try {
      const rows = await this.database.call<RatioRow>('SELECT * FROM memori.note_token_ratios($1)', [
        JSON.stringify(noted),
      ]);
      this.sketches = new Map();
      for (const { model, bucket, samples } of rows) this.sketchOf(model).add(bucket, Number(samples));
      // What was noted while the answer was on its way.
      for (const { model, bucket, samples } of this.pending.values()) this.sketchOf(model).add(bucket, samples);
    } catch (error) {
      this.log.debug('Token ratios could not be shared; bounds stay as they are.', { error });
    }
  }

  private sketchOf(model: string): RatioSketch {
    const known = this.sketches.get(model);
    if (known) return known;
    const made = new RatioSketch();
    this.sketches.set(model, made);
    return made;
  }
}
