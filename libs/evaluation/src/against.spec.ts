import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport, regressionsOf } from './against';
import type { EvaluationReport, Metric } from './report';

const folder = mkdtempSync(join(tmpdir(), 'memori-against-'));
afterAll(() => rmSync(folder, { recursive: true }));

const aReport = (metrics: Record<string, Metric>): EvaluationReport => ({
  kind: 'linking',
  command: '',
  commit: null,
  date: '',
  n: 1,
  skipped: [],
  metrics,
  items: [],
});
const at = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 });

describe('regressionsOf', () => {
  it.each([
    ['recallAt10', 0.85, true],
    ['recallAt10', 0.89, false],
    ['recallAt10', 0.99, false],
    ['tokensShare', 0.95, true],
    ['tokensShare', 0.5, false],
    ['p95Ms', 90, false],
  ])('%s going from 0.9 to %d is a regression: %s', (metric, now, expected) => {
    const found = regressionsOf(aReport({ [metric]: at(now) }), aReport({ [metric]: at(0.9) }));

    expect(found.map((each) => each.metric)).toEqual(expected ? [metric] : []);
  });

  it('passes over figures that only one report has', () => {
    expect(regressionsOf(aReport({ a: at(0) }), aReport({ b: at(1) }))).toEqual([]);
  });
});

describe('readReport', () => {
  const file = (content: string) => {
    const path = join(folder, 'before.json');
    writeFileSync(path, content);
    return path;
  };

  it('reads a report of its kind', () => {
    const report = aReport({ a: at(1) });

    expect(readReport(file(JSON.stringify(report)), 'linking')).toEqual(report);
  });

  it.each([
    ['{', 'cannot be read'],
    ['null', 'is no report of "evaluate linking"'],
    ['{"kind":"guard","metrics":{}}', 'is no report of "evaluate linking"'],
    ['{"kind":"linking"}', 'holds no metrics'],
  ])('refuses %s', (content, message) => {
    expect(() => readReport(file(content), 'linking')).toThrow(message);
  });
});
