/** What a text is embedded for: some models read a question otherwise than what may answer it. */
export type EmbeddingPurpose = 'query' | 'document';

/**
 * Where vectors come from. Vectors of one `model` can be compared with each other and with no others: the name stands
 * beside every stored vector, and another name begins a new generation of them.
 */
export abstract class EmbeddingProvider {
  /** Names provider and model, such as "use-lite-0.2.0" or "http:text-embedding-3-small". Holds no secret and no address. */
  abstract readonly model: string;
  /** Texts that are best sent together. */
  abstract readonly batchSize: number;
  /** Characters of a text that the model sees; what is beyond is cut off. */
  abstract readonly maxCharacters: number;

  /** One vector for each text, in order, as the model gives them: of one length, not normalised. Throws EmbeddingError. */
  abstract embed(texts: readonly string[], purpose: EmbeddingPurpose): Promise<Float32Array[]>;

  /** Whether the model knows the language of a text: what it does not know gets no vector, rather than noise. */
  reads(_text: string): boolean {
    return true;
  }

  abstract close(): Promise<void>;
}
