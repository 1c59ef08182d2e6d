import { EmbeddingError } from './embedding-error';

/**
 * The vectors of a reply in the form that OpenAI and Voyage share: `{ data: [{ index, embedding: number[] }] }`. The order
 * is that of `index` where it is given. Throws EmbeddingError unless there is one for each text, all of the same length.
 */
export function vectorsOfReply(body: unknown, texts: number): Float32Array[] {
  const data = (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) throw badReply('it has no "data"');
  if (data.length !== texts) throw badReply(`${data.length} vectors came for ${texts} texts`);
  const vectors: (Float32Array | undefined)[] = new Array<undefined>(texts).fill(undefined);
  (data as { index?: unknown; embedding?: unknown }[]).forEach((each, position) => {
    const at = each?.index ?? position;
    if (!Number.isInteger(at) || (at as number) < 0 || (at as number) >= texts) throw badReply('an "index" is wrong');
    vectors[at as number] = vectorOf(each?.embedding);
  });
  const [first] = vectors;
  if (!vectors.every((vector) => vector !== undefined)) throw badReply('an "index" is there twice');
  if (vectors.some((vector) => vector.length !== first?.length)) throw badReply('vectors differ in length');
  return vectors;
}

function vectorOf(embedding: unknown): Float32Array {
  if (!Array.isArray(embedding) || embedding.length === 0) throw badReply('an "embedding" is no list of numbers');
  if (!embedding.every((value) => typeof value === 'number' && Number.isFinite(value)))
    throw badReply('an "embedding" is no list of numbers');
  return Float32Array.from(embedding as number[]);
}

function badReply(why: string): EmbeddingError {
  return new EmbeddingError('bad-reply', `The reply of the embedding endpoint cannot be used: ${why}.`, false);
}
