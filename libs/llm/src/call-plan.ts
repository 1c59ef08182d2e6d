import type { Env } from '@memori/config';
import type { PriceTable, TokenUsage } from '@memori/budget';
import { withUsableBreakpoints } from './breakpoints';
import { estimateInput, mostInput, mostUsage } from './estimate-request';
import type { LlmRequest } from './llm';
import { modelNotAllowed, requestTooExpensive } from './llm-errors';

/** What is decided about a call before anything is taken for it. */
export interface CallPlan {
  readonly request: LlmRequest;
  readonly model: string;
  readonly maxOutputTokens: number;
  /** About how many input tokens it will have. */
  readonly typicalInput: number;
  readonly atMost: TokenUsage;
  readonly cacheWrites: '5m' | '1h';
}

/** Corrects the documented bound of a call's input by what was measured. */
export interface InputBounds {
  mostInput(model: string, typical: number, documented: number): number;
}

const AS_DOCUMENTED: InputBounds = { mostInput: (_, __, documented) => documented };

/** Throws model-not-allowed for a model without a price, budget-exhausted for a prompt that is too long for one call. */
export function planCall(asked: LlmRequest, env: Env, prices: PriceTable, bounds = AS_DOCUMENTED): CallPlan {
  const plan = planAnyCall(asked, env, prices, bounds);
  const limit = env.MEMORI_PER_REQUEST_TOKEN_LIMIT;
  if (plan.typicalInput > limit) throw requestTooExpensive(plan.typicalInput, limit);
  return plan;
}

/** The same without a look at the limit of one request. */
export function planAnyCall(asked: LlmRequest, env: Env, prices: PriceTable, bounds = AS_DOCUMENTED): CallPlan {
  const model = asked.model ?? env.MEMORI_CLAUDE_MODEL;
  const price = prices.find(model);
  if (!price) throw modelNotAllowed(model, prices.modelIds);
  const request = withUsableBreakpoints(asked, price);
  const typicalInput = estimateInput(request, model);
  const maxOutputTokens = Math.min(request.maxOutputTokens ?? env.MEMORI_MAX_OUTPUT_TOKENS, price.maxOutputTokens);
  const most = bounds.mostInput(model, typicalInput, mostInput(request, model));
  const atMost = mostUsage(request, model, maxOutputTokens, most);
  const cacheWrites = atMost.cacheWrite1hTokens > 0 ? '1h' : '5m';
  return { request, model, maxOutputTokens, typicalInput, atMost, cacheWrites };
}

/** The same call with its input known: counted by the provider, or as it is estimated. */
export function withInput(plan: CallPlan, input: number): CallPlan {
  return { ...plan, atMost: mostUsage(plan.request, plan.model, plan.maxOutputTokens, input) };
}
