import { NO_USAGE } from '@memori/budget';
import { estimateInput, mostInput, mostUsage } from './estimate-request';
import { estimateTokens, mostTokens } from './estimate-tokens';

const MODEL = 'claude-sonnet-5-5';
const schema = { title: 'memori-answer-1', type: 'object' };
const prompt = {
  system: [{ text: 'You write SQL.' }],
  messages: [{ role: 'user' as const, content: [{ text: 'CREATE TABLE t (a int)' }, { text: 'How many rows?' }] }],
  schema,
};
const texts = ['You write SQL.', 'CREATE TABLE t (a int)', 'How many rows?', JSON.stringify(schema)];

describe('the size of a request', () => {
  it('is the sum of its texts and of what frames them', () => {
    const content = texts.reduce((sum, text) => sum + estimateTokens(text, MODEL), 0);

    expect(estimateInput(prompt, MODEL)).toBe(6 + 3 + 500 + content);
  });

  it('is bounded by every text at its most, 12, 6 a message and 860 for the schema', () => {
    const content = texts.reduce((sum, text) => sum + mostTokens(text, MODEL), 0);

    expect(mostInput(prompt, MODEL)).toBe(12 + 6 + 860 + content);
  });

  it('is reserved at the dearest price that its breakpoints allow', () => {
    const input = mostInput(prompt, MODEL);
    const cached = (cache: '5m' | '1h') => ({ ...prompt, system: [{ text: 'You write SQL.', cache }] });

    expect(mostUsage(prompt, MODEL, 99)).toEqual({ ...NO_USAGE, inputTokens: input, outputTokens: 99 });
    expect(mostUsage(cached('5m'), MODEL, 99)).toEqual({ ...NO_USAGE, cacheWrite5mTokens: input, outputTokens: 99 });
    expect(mostUsage(cached('1h'), MODEL, 99)).toEqual({ ...NO_USAGE, cacheWrite1hTokens: input, outputTokens: 99 });
  });
});
