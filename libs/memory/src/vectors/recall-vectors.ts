import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { Embeddings } from '@memori/embedding';
import type { RecallSignal } from '../recall-signals';
import { type NearItem, VectorIndex, type VectorGeneration, type VectorPlace } from './vector-index';
import { vectorSignal } from './vector-signal';
import { VectorWorkRepository } from './vector-work.repository';

/** Items that vectors may speak for, at least, and for each that is asked for. */
const LEAST_NEAR = 100;
const NEAR_PER_RESULT = 4;

/** The vector of a question, and the generation that it can be compared with. */
export interface QuestionVector {
  readonly vector: Float32Array;
  readonly generation: VectorGeneration;
}

/** A place to be searched, with what `VectorQuery` wants to know of it. */
export interface SearchedPlace {
  readonly place: VectorPlace;
  readonly size: number;
  readonly found: () => readonly string[];
}

/** Vectors as recall uses them: a signal beside the letters where they are to be had, nothing where not. */
@Injectable()
export class RecallVectors {
  private readonly generations = new Map<string, VectorGeneration>();

  constructor(
    private readonly embeddings: Embeddings,
    private readonly index: VectorIndex,
    private readonly work: VectorWorkRepository,
  ) {}

  /** Undefined: no provider, no vector, or nothing that it could be compared with. To be asked outside of a transaction. */
  async ofQuestion(text: string): Promise<QuestionVector | undefined> {
    const { model } = this.embeddings;
    const vector = await this.embeddings.ofQuestion(text);
    if (!vector || model === undefined) return undefined;
    const key = `${model}/${vector.length}`;
    const generation = this.generations.get(key) ?? (await this.work.findGeneration(model, vector.length));
    if (generation) this.generations.set(key, generation);
    return generation && { vector, generation };
  }

  async signal(
    tx: Tx,
    question: QuestionVector | undefined,
    places: readonly SearchedPlace[],
    options: { readonly limit: number; readonly weight: number },
  ): Promise<RecallSignal[]> {
    if (!question || options.weight === 0) return [];
    const limit = Math.max(LEAST_NEAR, options.limit * NEAR_PER_RESULT);
    const near: NearItem[] = [];
    for (const place of places) near.push(...(await this.index.nearest(tx, { ...question, ...place, limit })));
    near.sort((one, other) => other.similarity - one.similarity || (one.itemId < other.itemId ? -1 : 1));
    return [vectorSignal(near.slice(0, limit), options.weight) ?? []].flat();
  }
}
