import Anthropic from '@anthropic-ai/sdk';
import type { Env } from '@memori/config';
import { outgoingFetch } from './outgoing-fetch';

/** The SDK as every call of ours uses it: no retries of its own, and no look at profiles on the disk. */
export function anthropicClient(env: Env): Anthropic {
  return new Anthropic({
    apiKey: env.MEMORI_ANTHROPIC_API_KEY,
    authToken: null,
    baseURL: env.MEMORI_ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
    fetch: outgoingFetch(),
    maxRetries: 0,
    // The caller's own timer covers the whole stream and comes first; this one covers the headers alone.
    timeout: env.MEMORI_CLAUDE_TIMEOUT_MS + 5000,
    // It would print parts of replies that it cannot parse.
    logLevel: 'off',
  });
}
