import { EmbeddingError } from './embedding-error';
import { EmbeddingProvider, type EmbeddingPurpose } from './embedding-provider';
import { Embeddings } from './embeddings';

class LetterCounts extends EmbeddingProvider {
  readonly model = 'letters';
  readonly batchSize = 2;
  readonly maxCharacters = 4;
  readonly asked: { texts: readonly string[]; purpose: EmbeddingPurpose }[] = [];
  fault?: Error;
  dimensions = 2;

  embed(texts: readonly string[], purpose: EmbeddingPurpose): Promise<Float32Array[]> {
    this.asked.push({ texts, purpose });
    if (this.fault) return Promise.reject(this.fault);
    return Promise.resolve(texts.map((text) => new Float32Array(this.dimensions).fill(text.length)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('Embeddings', () => {
  it('has no vectors without a provider', async () => {
    const none = new Embeddings();

    expect([none.isOn, none.model, await none.ofQuestion('a')]).toEqual([false, undefined, undefined]);
    await expect(none.ofDocuments(['a'])).rejects.toThrow(EmbeddingError);
  });

  it('gives unit vectors, in batches, without asking about blank texts', async () => {
    const letters = new LetterCounts();

    const vectors = await new Embeddings(letters).ofDocuments(['a', ' \n', 'bb', 'ccc']);

    expect(letters.asked.map(({ texts }) => texts)).toEqual([['a', 'bb'], ['ccc']]);
    expect(vectors[1]).toBeUndefined();
    expect(vectors[3]?.[0]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('cuts long texts, and no character in half', async () => {
    const letters = new LetterCounts();

    await new Embeddings(letters).ofDocuments(['abcdef', 'abc😀']);

    expect(letters.asked[0]?.texts).toEqual(['abcd', 'abc']);
  });

  it('asks once about a question', async () => {
    const letters = new LetterCounts();
    const embeddings = new Embeddings(letters);

    await Promise.all([embeddings.ofQuestion('who'), embeddings.ofQuestion('who')]);

    expect(letters.asked).toEqual([{ texts: ['who'], purpose: 'query' }]);
  });

  it('goes without the vector of a question when none comes, says why, and asks again the next time', async () => {
    const letters = new LetterCounts();
    const codes: string[] = [];
    const embeddings = new Embeddings(letters, (code) => codes.push(code));
    letters.fault = new EmbeddingError('timeout', 'late', true);

    expect(await embeddings.ofQuestion('who')).toBeUndefined();
    letters.fault = undefined;
    expect(await embeddings.ofQuestion('who')).toBeDefined();
    expect(codes).toEqual(['timeout']);
  });

  it('does not take vectors of another length under the same name', async () => {
    const letters = new LetterCounts();
    const embeddings = new Embeddings(letters);
    await embeddings.ofDocuments(['a']);
    letters.dimensions = 3;

    await expect(embeddings.ofDocuments(['b'])).rejects.toMatchObject({ code: 'dimensions' });
    expect(await embeddings.ofQuestion('c')).toBeUndefined();
  });
});
