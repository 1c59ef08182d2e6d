import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { EmbeddingError, Embeddings } from '@memori/embedding';
import { Log } from '@memori/monitoring';
import { VectorIndex, type VectorEntry, type VectorGeneration } from './vector-index';
import { type ClaimedPlace, type ItemToEmbed, VectorWorkRepository } from './vector-work.repository';

/** Turns and memories embedded before they are written. */
const BATCH = 32;
/** Of one turn; what stands further behind is found by its letters. */
const MOST_PASSAGES = 16;
/** Longer than a batch takes at the slowest provider. */
const CLAIM_MS = 10 * 60_000;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;
/** A generation that no process has used for so long is dropped once another one is complete. */
const IDLE_MS = 24 * 3_600_000;

/**
 * Makes the vectors of turns and memories after they were written, a namespace at a time. The rows of
 * `memori.vector_work` are the truth: any process goes on where another stopped. With another provider all begins anew in
 * a generation of its own, beside the old one, which goes when the new one is complete.
 */
@Injectable()
export class MemoryVectorizer {
  private generation?: Promise<VectorGeneration>;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly embeddings: Embeddings,
    private readonly index: VectorIndex,
    private readonly work: VectorWorkRepository,
    private readonly log: Log,
  ) {}

  /** Works until nothing is left to do. Returns how many turns and memories it looked at. */
  async drain(): Promise<number> {
    if (!this.embeddings.isOn || this.isStopped) return 0;
    const generation = await this.opened();
    let done = 0;
    for (;;) {
      const claimed = this.isStopped ? undefined : await this.work.claim(generation, CLAIM_MS);
      if (!claimed) break;
      done += await this.workOn(generation, claimed);
    }
    if (!this.isStopped) await this.work.dropOld(generation, IDLE_MS);
    return done;
  }

  /** Namespaces whose vectors are not all made: those of failures that are tried again, and of other processes, too. */
  async waiting(): Promise<number> {
    return this.work.waiting(await this.opened());
  }

  stop(): void {
    this.isStopped = true;
  }

  private opened(): Promise<VectorGeneration> {
    this.generation ??= this.open().catch((error: unknown) => {
      this.generation = undefined;
      throw error;
    });
    return this.generation;
  }

  /** The length of a model's vectors is known from one of them. */
  private async open(): Promise<VectorGeneration> {
    const [vector] = await this.embeddings.ofDocuments(['memory']);
    if (!vector) throw new EmbeddingError('model', 'The embedding model gave no vector.', false);
    const generation = await this.work.openGeneration(this.embeddings.model ?? '', vector.length);
    await this.index.open(generation);
    return generation;
  }

  private async workOn(generation: VectorGeneration, claimed: ClaimedPlace): Promise<number> {
    try {
      const scope = { tenantId: claimed.tenantId };
      const items = await this.database.transaction(scope, (tx) => this.work.items(tx, claimed, generation, BATCH));
      const entries = await this.embed(items);
      if (entries.length > 0)
        await this.database.transaction(scope, (tx) => this.index.put(tx, claimed, generation, entries));
      const upto = items.length < BATCH ? claimed.version : claimed.upto;
      await this.work.end(generation, claimed, { upto, error: null, waitMs: 0 });
      return items.length;
    } catch (error) {
      await this.fail(generation, claimed, error);
      return 0;
    }
  }

  private async embed(items: readonly ItemToEmbed[]): Promise<VectorEntry[]> {
    const pieces = items.flatMap((item) => passagesOf(item).map((text, passage) => ({ item, passage, text })));
    const vectors = await this.embeddings.ofDocuments(pieces.map(({ text }) => text));
    return pieces.map(({ item: { id, kind, version }, passage }, at) => ({
      itemId: id,
      kind,
      passage,
      vector: vectors[at],
      version: version ?? undefined,
    }));
  }

  private async fail(generation: VectorGeneration, claimed: ClaimedPlace, error: unknown): Promise<void> {
    const code = error instanceof EmbeddingError ? error.code : 'internal';
    if (this.isStopped) return this.work.end(generation, claimed, { upto: claimed.upto, error: null, waitMs: 0 });
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(claimed.attempts, 20));
    this.log.warn('Memories could not be embedded; they are tried again, and found by their letters until then', {
      code,
      attempts: claimed.attempts + 1,
      ...(code === 'internal' && { error }),
    });
    await this.work.end(generation, claimed, { upto: claimed.upto, error: code, waitMs });
  }
}

/** A memory is one passage; a turn has those that it is indexed by. */
function passagesOf({ content, passageEnds }: ItemToEmbed): string[] {
  const ends = passageEnds && passageEnds.length > 0 ? passageEnds.slice(0, MOST_PASSAGES) : [content.length];
  return ends.map((end, at) => content.slice(ends[at - 1] ?? 0, end));
}
