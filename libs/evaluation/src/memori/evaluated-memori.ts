import { Env } from '@memori/config';
import { BootedMemori, type MemoriProgram } from './booted-memori';

/** What is measured is the answering: this much of the caller's configuration holds, the rest is the evaluation's own. */
const KEPT = [
  'MEMORI_CLAUDE_MODEL',
  'MEMORI_CLAUDE_FAST_MODEL',
  'MEMORI_CLAUDE_STRONG_MODEL',
  'MEMORI_CLAUDE_EFFORT',
  'MEMORI_CLAUDE_TIMEOUT_MS',
  'MEMORI_MAX_OUTPUT_TOKENS',
  'MEMORI_MAX_ATTEMPTS',
  'MEMORI_REPAIR_ROUNDS',
  'MEMORI_PER_REQUEST_TOKEN_LIMIT',
  'MEMORI_STATEMENT_TIMEOUT_MS',
  'MEMORI_EMBEDDING_PROVIDER',
  'MEMORI_EMBEDDING_PROVIDER_URL',
  'MEMORI_EMBEDDING_PROVIDER_MODEL',
  'MEMORI_EMBEDDING_PROVIDER_API_KEY',
  'MEMORI_DEFAULT_LANGUAGE',
] as const satisfies readonly (keyof Env)[];

/** Rows that an answer of a booted Memori may have. */
export const MOST_ROWS = 200_000;

export interface BootSettings {
  /** Whom it asks: Claude, or a recorder. */
  readonly model: { readonly baseUrl?: string; readonly key: string };
  readonly env: Env;
  /** Whether calls cost money: then the caller's own limit in money holds for the run. */
  readonly isPaid: boolean;
  /** With the demo data source. */
  readonly demo?: boolean;
  /** Questions that are asked side by side. */
  readonly atOnce: number;
}

/**
 * A Memori to be measured, with the caller's models and without what would answer in their place or keep a question
 * waiting: no repeats from the cache, no limits but those of the provider, no background calls.
 */
export function bootForEvaluation(program: MemoriProgram, settings: BootSettings): Promise<BootedMemori> {
  return BootedMemori.start(program, bootEnv(settings));
}

export function bootEnv({ model, env, isPaid, demo = false, atOnce }: BootSettings): Record<string, string> {
  const limit = env.MEMORI_MONTHLY_BUDGET_USD;
  const kept = KEPT.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, String(value)]];
  });
  return {
    ...Object.fromEntries(kept),
    MEMORI_ANTHROPIC_API_KEY: model.key,
    ...(model.baseUrl !== undefined && { MEMORI_ANTHROPIC_BASE_URL: model.baseUrl }),
    ...(isPaid && limit !== undefined && { MEMORI_MONTHLY_BUDGET_USD: String(limit) }),
    MEMORI_DEMO: demo ? 'true' : 'false',
    MEMORI_ENABLE_CACHING: 'false',
    MEMORI_BACKGROUND_MODEL_CALLS: 'false',
    MEMORI_DAILY_TOKEN_LIMIT: '1000000000000',
    MEMORI_BUDGET_ALERT_THRESHOLD: '0',
    MEMORI_MAX_CONCURRENT_REQUESTS: String(atOnce),
    MEMORI_MAX_REQUESTS_PER_USER: String(atOnce),
    MEMORI_MAX_ROWS: String(MOST_ROWS),
    MEMORI_MAX_RESULT_BYTES: '268435456',
    MEMORI_SHUTDOWN_GRACE_SECONDS: '1',
    MEMORI_DOCS_ENABLED: 'false',
  };
}
