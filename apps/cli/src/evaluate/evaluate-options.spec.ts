import { UsageError } from '../options';
import { readEvaluateOptions } from './evaluate-options';

describe('readEvaluateOptions', () => {
  it('reads what to measure, on what, and where to write', () => {
    const options = readEvaluateOptions(
      'linking --input a.jsonl b.csv.gz --database-url postgresql://r@h/d --schema-map lower(db_id) --one-data-source --values all --sample 10 --seed 4 --json out.json --html out.html --against old.json'.split(
        ' ',
      ),
    );

    expect(options).toEqual({
      kind: 'linking',
      inputs: ['a.jsonl', 'b.csv.gz'],
      databaseUrl: 'postgresql://r@h/d',
      schemaMap: 'lower(db_id)',
      pooled: true,
      values: 'all',
      limit: undefined,
      sample: 10,
      seed: 4,
      against: 'old.json',
      json: 'out.json',
      html: 'out.html',
    });
  });

  it('takes --input more than once', () => {
    expect(readEvaluateOptions(['cache', '--input', 'a', '--input', 'b']).inputs).toEqual(['a', 'b']);
  });

  it.each([
    [[], 'needs to know what'],
    [['singing', '--input', 'a'], 'needs to know what'],
    [['cache'], '--input names no file'],
    [['cache', '--input', 'a', '--limit', 'few'], '--limit needs a whole number'],
    [['linking', '--input', 'a', '--values', 'off'], '--values is "safe" or "all"'],
    [['cache', '--input', 'a', '--loud'], 'loud'],
  ])('does not understand %j', (args, message) => {
    expect(() => readEvaluateOptions(args)).toThrow(UsageError);
    expect(() => readEvaluateOptions(args)).toThrow(message);
  });
});
