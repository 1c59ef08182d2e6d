/** What one model accepts. The rules come from the provider's documentation; prices are the product's business. */
export interface ModelRules {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly displayName: string;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly smallestCacheableTokens: number;
  /** The tokenizer of the newer models makes about 30 % more tokens. */
  readonly newTokenizer: boolean;
  /** Efforts that the model knows; none: `output_config.effort` is refused. */
  readonly efforts: readonly string[];
  /** temperature, top_p, top_k. */
  readonly sampling: boolean;
  readonly prefill: boolean;
  /** tool_choice any and tool. */
  readonly forcedTools: boolean;
  /** `enabled` (with budget_tokens), `adaptive`, `disabled`. */
  readonly thinkingTypes: readonly string[];
  /** Thinks when the request says nothing: a thinking block then stands before the text. */
  readonly thinksByDefault: boolean;
  readonly structuredOutputs: boolean;
  /** From this day on the model is gone. */
  readonly retiresAt?: string;
}

const ALL_EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'];

const newest = {
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  smallestCacheableTokens: 512,
  newTokenizer: true,
  efforts: ALL_EFFORTS,
  sampling: false,
  prefill: false,
  forcedTools: true,
  thinkingTypes: ['adaptive', 'disabled'],
  thinksByDefault: false,
  structuredOutputs: true,
};

const former = {
  ...newest,
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  smallestCacheableTokens: 1_024,
  newTokenizer: false,
  efforts: [],
  sampling: true,
  prefill: true,
  thinkingTypes: ['enabled', 'disabled'],
};

const alwaysThinks = { forcedTools: false, thinkingTypes: ['adaptive'], thinksByDefault: true };

export const MODELS: readonly ModelRules[] = [
  { ...newest, id: 'claude-haiku-5-5', displayName: 'Claude Haiku 5.5' },
  { ...newest, ...alwaysThinks, id: 'claude-sonnet-5-5', displayName: 'Claude Sonnet 5.5' },
  { ...newest, ...alwaysThinks, id: 'claude-opus-5-5', displayName: 'Claude Opus 5.5' },
  { ...newest, ...alwaysThinks, id: 'claude-fable-5-1', displayName: 'Claude Fable 5.1' },
  { ...newest, id: 'claude-opus-5', displayName: 'Claude Opus 5' },
  { ...newest, id: 'claude-sonnet-5', displayName: 'Claude Sonnet 5', smallestCacheableTokens: 1_024 },
  {
    ...former,
    id: 'claude-sonnet-4-6',
    displayName: 'Claude Sonnet 4.6',
    contextTokens: 1_000_000,
    efforts: ['low', 'medium', 'high', 'max'],
    prefill: false,
    thinkingTypes: ['adaptive', 'enabled', 'disabled'],
  },
  {
    ...former,
    id: 'claude-sonnet-4-5-20250929',
    aliases: ['claude-sonnet-4-5'],
    displayName: 'Claude Sonnet 4.5',
    retiresAt: '2026-11-30T00:00:00Z',
  },
  {
    ...former,
    id: 'claude-haiku-4-5-20251001',
    aliases: ['claude-haiku-4-5'],
    displayName: 'Claude Haiku 4.5',
    smallestCacheableTokens: 4_096,
  },
];

export function findModel(name: string, now: Date): ModelRules | undefined {
  const model = MODELS.find((rules) => rules.id === name || rules.aliases?.includes(name));
  return model?.retiresAt && now >= new Date(model.retiresAt) ? undefined : model;
}

/** The entry of one model in `GET /v1/models`. */
export function modelInfo(model: ModelRules) {
  const supports = (supported: boolean) => ({ supported });
  const efforts = ALL_EFFORTS.map((effort) => [effort, supports(model.efforts.includes(effort))]);
  return {
    type: 'model',
    id: model.id,
    display_name: model.displayName,
    created_at: '2025-09-29T00:00:00Z',
    deprecated_at: null,
    retires_at: model.retiresAt ?? null,
    lifecycle: model.retiresAt ? 'deprecated' : 'active',
    line: model.id.split('-')[1] ?? null,
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxOutputTokens,
    capabilities: {
      effort: { supported: model.efforts.length > 0, ...Object.fromEntries(efforts) },
      structured_outputs: supports(model.structuredOutputs),
    },
  };
}
