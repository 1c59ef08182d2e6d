import type { Env } from '@memori/config';
import type { PriceTable, TokenUsage } from '@memori/budget';
import { estimateInput, mostUsage } from './estimate-request';
import type { LlmRequest } from './llm';
import { modelNotAllowed, requestTooExpensive } from './llm-errors';

/** What is decided about a call before anything is taken for it. */
export interface CallPlan {
  readonly request: LlmRequest;
  readonly model: string;
  readonly maxOutputTokens: number;
  readonly atMost: TokenUsage;
  readonly cacheWrites: '5m' | '1h';
}

/** Throws model-not-allowed for a model without a price, budget-exhausted for a prompt that is too long for one call. */
export function planCall(request: LlmRequest, env: Env, prices: PriceTable): CallPlan {
  const model = request.model ?? env.MEMORI_CLAUDE_MODEL;
  const price = prices.find(model);
  if (!price) throw modelNotAllowed(model, prices.modelIds);
  const estimated = estimateInput(request, model);
  const limit = env.MEMORI_PER_REQUEST_TOKEN_LIMIT;
  if (estimated > limit) throw requestTooExpensive(estimated, limit);
  const maxOutputTokens = Math.min(request.maxOutputTokens ?? env.MEMORI_MAX_OUTPUT_TOKENS, price.maxOutputTokens);
  const atMost = mostUsage(request, model, maxOutputTokens);
  return { request, model, maxOutputTokens, atMost, cacheWrites: atMost.cacheWrite1hTokens > 0 ? '1h' : '5m' };
}
