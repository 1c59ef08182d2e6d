import { parseEnv } from '@memori/config';
import { PriceTable } from '@memori/budget';
import { planCall } from './call-plan';
import { estimateInput } from './estimate-request';
import type { LlmRequest } from './llm';

const prices = PriceTable.bundled();
const request: LlmRequest = {
  scope: { tenantId: 'default', userId: 'anna' },
  purpose: 'answer',
  system: [{ text: 'You write SQL. '.repeat(150), cache: '5m' }],
  messages: [{ role: 'user', content: [{ text: 'How many customers?' }] }],
  schema: { title: 'memori-answer-1', type: 'object' },
};

describe('planCall', () => {
  it('takes model and length of the reply from the configuration', () => {
    const plan = planCall(request, parseEnv({ MEMORI_CLAUDE_MODEL: 'claude-opus-5' }), prices);

    expect(plan).toMatchObject({ model: 'claude-opus-5', maxOutputTokens: 4096, cacheWrites: '5m' });
    expect(plan.atMost).toMatchObject({ inputTokens: 0, outputTokens: 4096 });
  });

  it('asks no model for more output than it can give', () => {
    const plan = planCall({ ...request, model: 'claude-sonnet-4-6', maxOutputTokens: 100_000 }, parseEnv({}), prices);

    expect(plan.maxOutputTokens).toBe(64_000);
  });

  it('refuses a model without a price, and names those that have one', () => {
    expect(() => planCall({ ...request, model: 'gpt-x' }, parseEnv({}), prices)).toThrow(/"gpt-x".*claude-sonnet-5-5/);
  });

  it('lets a prompt of exactly the limit pass and one token more not', () => {
    const long = { ...request, messages: [{ role: 'user' as const, content: [{ text: 'coffee '.repeat(900) }] }] };
    const size = estimateInput(long, 'claude-sonnet-5-5');
    const limited = (limit: number) => parseEnv({ MEMORI_PER_REQUEST_TOKEN_LIMIT: String(limit) });

    expect(planCall(long, limited(size), prices).model).toBe('claude-sonnet-5-5');
    expect(() => planCall(long, limited(size - 1), prices)).toThrow('MEMORI_PER_REQUEST_TOKEN_LIMIT');
  });
});
