import type { MemoryQuestion } from './memory-case';
import { type FoundTurns, memoryMetrics } from './memory-scores';

function found(ranked: string[], question: Partial<MemoryQuestion>, plainRanked: string[] = []): FoundTurns {
  const asked = { id: 'q', question: '?', category: 'singleHop', evidence: ['a', 'b'], ...question };
  return { question: asked, ranked, plainRanked, withinTokens: { 512: ranked.slice(0, 1), 1024: ranked }, ms: 3 };
}

describe('memoryMetrics', () => {
  it('is the mean share of the evidence among the first k and within the tokens', () => {
    const metrics = memoryMetrics([found(['a', 'x', 'x', 'x', 'x', 'b'], {}), found(['x'], { evidence: ['c'] })]);

    expect(metrics['recallAt5']?.value).toBe(0.25);
    expect(metrics['recallAt10']?.value).toBe(0.5);
    expect(metrics['recallAtTokens512']?.value).toBe(0.25);
    expect(metrics['recallAtTokens1024']?.value).toBe(0.5);
  });

  it('gives the same of the plain retriever, by category too', () => {
    const metrics = memoryMetrics([
      found(['a', 'b'], {}, ['a', 'x', 'x', 'x', 'x', 'b']),
      found([], { category: 'temporal' }, ['x']),
    ]);

    expect(metrics['plainRecallAt5']?.value).toBe(0.25);
    expect(metrics['plainRecallAt10']?.value).toBe(0.5);
    expect(metrics['plainRecallAt10.singleHop']?.value).toBe(1);
    expect(metrics['plainRecallAt25.temporal']?.value).toBe(0);
  });

  it('tells the categories apart, and keeps those without certain turns as evidence out of the whole', () => {
    const metrics = memoryMetrics([found(['a', 'b'], {}), found([], { category: 'summarization' })]);

    expect(metrics['recallAt5']?.value).toBe(1);
    expect(metrics['recallAt5.singleHop']?.value).toBe(1);
    expect(metrics['recallAt5.summarization']?.value).toBe(0);
  });

  it('counts the updates whose newer turn stands first', () => {
    const update = { older: ['a'], newer: ['b'] };
    const metrics = memoryMetrics([
      found(['b', 'a'], { update }),
      found(['a', 'b'], { update }),
      found(['b'], { update }),
      found([], { update }),
    ]);

    expect(metrics['newerFirst']?.value).toBe(0.5);
  });
});
