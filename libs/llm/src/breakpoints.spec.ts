import { PriceTable } from '@memori/budget';
import { withUsableBreakpoints } from './breakpoints';
import type { LlmBlock, LlmRequest } from './llm';

const price = (model: string) => PriceTable.bundled().get(model);
const long = (words: number, cache?: '5m'): LlmBlock => ({ text: 'coffee '.repeat(words), ...(cache && { cache }) });

function marks(system: LlmBlock[], model = 'claude-sonnet-5-5'): boolean[] {
  const request: LlmRequest = {
    scope: { tenantId: 'default', userId: 'anna' },
    purpose: 'answer',
    system,
    messages: [{ role: 'user', content: [{ text: 'How many?' }] }],
    schema: { title: 'memori-answer-1' },
  };
  return withUsableBreakpoints(request, price(model)).system.map(({ cache }) => cache !== undefined);
}

describe('withUsableBreakpoints', () => {
  it('leaves a breakpoint that the provider keeps', () => {
    expect(marks([long(600, '5m')])).toEqual([true]);
  });

  it('takes one away below the smallest cacheable prefix, which differs by model', () => {
    expect(marks([long(100, '5m')])).toEqual([false]);
    expect(marks([long(600, '5m')], 'claude-haiku-4-5-20251001')).toEqual([false]);
  });

  it('counts the whole prefix, not the block', () => {
    expect(marks([long(600), long(1, '5m')])).toEqual([false, true]);
  });

  it('keeps the last four', () => {
    expect(marks([600, 1, 1, 1, 1].map((words) => long(words, '5m')))).toEqual([false, true, true, true, true]);
  });

  it('leaves texts as they are', () => {
    const block = long(3, '5m');
    const request = { system: [block], messages: [], schema: { title: 't' } } as unknown as LlmRequest;

    expect(withUsableBreakpoints(request, price('claude-opus-5-5')).system).toEqual([{ text: block.text }]);
  });
});
