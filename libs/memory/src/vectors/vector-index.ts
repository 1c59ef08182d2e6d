import type { Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';

/** Where vectors are searched: one namespace of one user, or with both '' after the tenant what belongs to all of it. */
export interface VectorPlace extends UserScope {
  readonly namespace: string;
}

/** Vectors of one model. Those of different generations are never compared. */
export interface VectorGeneration {
  readonly id: number;
  readonly dimensions: number;
}

/** One passage of a turn, or a memory. */
export interface VectorEntry {
  readonly itemId: string;
  readonly kind: 'turn' | 'fact';
  readonly passage: number;
  /** Of length 1. Undefined: the model has none for it, and is not to be asked again. */
  readonly vector: Float32Array | undefined;
  /** The version that a memory had when its text was read; a later one has another text. */
  readonly version?: number;
}

export interface VectorQuery {
  readonly place: VectorPlace;
  readonly generation: VectorGeneration;
  /** Of length 1. */
  readonly vector: Float32Array;
  /** Items wanted, each once. */
  readonly limit: number;
  /** Items in the place, roughly, and of those the ones that letters found, the best first: to look at no others in a huge place. */
  readonly size: number;
  readonly found: () => readonly string[];
}

export interface NearItem {
  readonly itemId: string;
  /** Cosine of the item's likest passage, -1 to 1. */
  readonly similarity: number;
}

/**
 * Keeps vectors and finds the nearest ones. Two adapters exist: pgvector and exact search; `vector-index.int-spec.ts` and
 * `vector-concurrency.int-spec.ts` hold for both, and a third (Qdrant, Weaviate, Pinecone) becomes a line of
 * `vector-ground.fixture.ts` and has to pass them too. What an adapter must do:
 *
 * - **Scope.** `nearest` gives nothing but items of `place`, whatever else is stored: tenant, user and namespace are part of
 *   every key and filter, not of a later selection, or a full scope elsewhere would push out what is asked for.
 * - **Generations.** Vectors of another generation, which may have other dimensions, are neither compared nor an error.
 * - **Idempotent.** `put` replaces what an item's passage had. It runs in the transaction that knows the items to exist; an
 *   adapter outside of PostgreSQL writes before that commits, and must bear vectors whose items never came to be.
 * - **Forgetting.** Once the transaction that erased an item has committed, no search gives it, in no process. In PostgreSQL
 *   foreign keys see to that. Elsewhere the erasure must be written to an outbox in the same transaction and searches must
 *   drop what the outbox names until the other side has deleted it.
 * - **Whole.** As many items as are asked for, where the place has them. An approximate index that filters what it found must go
 *   on, or be asked again exactly, when too few were of the place.
 * - **At once.** `put`, `nearest` and the end of a generation run side by side, from many processes. None is an error, and a
 *   search sees a generation that is dropped whole or not at all.
 * - **Order.** By similarity, then by id: the same question over the same vectors gives the same list.
 */
export abstract class VectorIndex {
  /** Makes ready for a generation: an index, a collection. Called at each start, from several processes at once. */
  abstract open(generation: VectorGeneration): Promise<void>;
  abstract put(
    tx: Tx,
    place: VectorPlace,
    generation: VectorGeneration,
    entries: readonly VectorEntry[],
  ): Promise<void>;
  /** The likest items, the likest first. Items without a vector are not among them. */
  abstract nearest(tx: Tx, query: VectorQuery): Promise<NearItem[]>;
}
