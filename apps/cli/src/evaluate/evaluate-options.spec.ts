import { UsageError } from '../options';
import { readEvaluateOptions } from './evaluate-options';

describe('readEvaluateOptions', () => {
  it('reads what to measure, on what, and where to write', () => {
    const options = readEvaluateOptions(
      'linking --input a.jsonl b.csv.gz --database-url postgresql://r@h/d --schema-map lower(db_id) --one-data-source --values all --aliases n.jsonl --vectors use-lite --sample 10 --seed 4 --json out.json --html out.html --against old.json'.split(
        ' ',
      ),
    );

    expect(options).toEqual({
      kind: 'linking',
      facts: 'none',
      inputs: ['a.jsonl', 'b.csv.gz'],
      databaseUrl: 'postgresql://r@h/d',
      schemaMap: 'lower(db_id)',
      pooled: true,
      model: { kind: 'live' },
      verified: undefined,
      url: undefined,
      key: undefined,
      values: 'all',
      aliases: 'n.jsonl',
      vectors: 'use-lite',
      limit: undefined,
      sample: 10,
      seed: 4,
      against: 'old.json',
      json: 'out.json',
      html: 'out.html',
    });
  });

  it('reads whom to ask for answers', () => {
    const options = readEvaluateOptions(
      'answers --input a --model replay=b.jsonl --url http://127.0.0.1:3000 --key k'.split(' '),
    );

    expect(options).toMatchObject({
      model: { kind: 'replay', file: 'b.jsonl' },
      url: 'http://127.0.0.1:3000',
      key: 'k',
    });
  });

  it('needs no input where there is a set of its own', () => {
    expect(readEvaluateOptions(['followups']).inputs).toEqual([]);
    expect(readEvaluateOptions(['answers', '--verified', 'shop']).verified).toBe('shop');
  });

  it('takes --input more than once', () => {
    expect(readEvaluateOptions(['cache', '--input', 'a', '--input', 'b']).inputs).toEqual(['a', 'b']);
  });

  it.each([
    [[], 'needs to know what'],
    [['singing', '--input', 'a'], 'needs to know what'],
    [['cache'], '--input names no file'],
    [['cache', '--input', 'a', '--limit', 'few'], '--limit needs a whole number'],
    [['guard', '--input', 'a', '--aliases', 'n'], '--aliases is for "evaluate linking"'],
    [['linking', '--input', 'a', '--values', 'off'], '--values is "safe" or "all"'],
    [['linking', '--input', 'a', '--vectors', 'some'], '--vectors is none, use-lite'],
    [['cache', '--input', 'a', '--vectors', 'onnx'], '--vectors is for'],
    [['cache', '--input', 'a', '--loud'], 'loud'],
    [['answers'], '--input names no file'],
    [['answers', '--input', 'a', '--model', 'replay'], '--model is live, oracle'],
    [['answers', '--input', 'a', '--url', 'memori'], '--url needs an address'],
    [['answers', '--input', 'a', '--verified', 'shop'], 'give one of them'],
    [['linking', '--input', 'a', '--model', 'oracle'], '--model is for "evaluate answers"'],
  ])('does not understand %j', (args, message) => {
    expect(() => readEvaluateOptions(args)).toThrow(UsageError);
    expect(() => readEvaluateOptions(args)).toThrow(message);
  });
});
