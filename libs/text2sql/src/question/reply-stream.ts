import { partialTexts } from './partial-reply';

/** What the event `delta` tells: more of one text of the answer. */
export interface QuestionDelta {
  /** A JSON Pointer into the answer. */
  readonly path: string;
  readonly text: string;
  /** Another reply has begun: what was told under this path before no longer counts. */
  readonly reset?: true;
}

/** At most so often something is written: a person reads no faster, and a write costs more than a token. */
const EVERY_MS = 400;

/** Tells a reply while it comes in: what there is of it at once, then every so often. */
export class ReplyStream {
  private readonly told = new Map<string, number>();
  private latest = '';
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  /** `isFirst`: nothing was told of an earlier reply. `write` must not reject. */
  constructor(
    private readonly write: (delta: QuestionDelta) => Promise<void>,
    private readonly isFirst: boolean,
  ) {}

  /** The reply as far as it is there. */
  take(text: string): void {
    this.latest = text;
    if (this.timer) return;
    this.tell();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.latest !== text) this.take(this.latest);
    }, EVERY_MS);
  }

  /** Resolves when all there is has been told. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.tell();
    await this.writing;
  }

  private tell(): void {
    for (const { path, text } of partialTexts(this.latest)) {
      const known = this.told.get(path);
      if (text.length <= (known ?? 0)) continue;
      this.told.set(path, text.length);
      const isAnew = known === undefined && !this.isFirst;
      const delta = { path, text: text.slice(known ?? 0), ...(isAnew && { reset: true as const }) };
      this.writing = this.writing.then(() => this.write(delta));
    }
  }
}
