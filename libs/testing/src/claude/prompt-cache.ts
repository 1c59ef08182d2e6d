import { createHash } from 'node:crypto';
import type { ModelRules } from './models';
import { countTokens } from './tokens';
import type { ValidRequest } from './validate';

const LOOK_BACK_BLOCKS = 20;
const LIFE_MS = { '5m': 300_000, '1h': 3_600_000 } as const;
/** What the API adds by itself: a frame around the messages, and a hidden prompt that explains the schema. */
const FRAME_TOKENS = 6;
const MESSAGE_TOKENS = 3;
const SCHEMA_PROMPT_TOKENS = 320;
const MAX_SCHEMA_TOKENS = 460;

export interface InputUsage {
  readonly inputTokens: number;
  readonly readTokens: number;
  readonly write5mTokens: number;
  readonly write1hTokens: number;
  readonly totalTokens: number;
}

interface Prefix {
  readonly hash: string;
  readonly tokens: number;
  readonly ttl?: '5m' | '1h';
}

interface Entry {
  ttl: '5m' | '1h';
  expiresAt: number;
}

/** Prompt caching by prefix: hashes up to each breakpoint, lifetimes of 5 minutes and 1 hour, refreshed by use. */
export class PromptCache {
  private readonly entries = new Map<string, Entry>();

  /** What the request's input costs now. `commit` is called when the answer begins: a prefix is not shared before. */
  measure(request: ValidRequest, account: string, nowMs: number): { usage: InputUsage; commit: () => void } {
    const prefixes = prefixesOf(request, account);
    const total = prefixes.at(-1)?.tokens ?? 0;
    const hit = this.longestHit(prefixes, nowMs);
    const read = hit < 0 ? 0 : (prefixes[hit]?.tokens ?? 0);
    const writes = writesAfter(prefixes, hit, request.model);
    const write = (ttl: string) => writes.filter((w) => w.ttl === ttl).reduce((sum, w) => sum + w.added, 0);
    const [write5mTokens, write1hTokens] = [write('5m'), write('1h')];
    const inputTokens = total - read - write5mTokens - write1hTokens;
    const commit = () => {
      const used = hit < 0 ? undefined : this.entries.get(prefixes[hit]?.hash ?? '');
      if (used) used.expiresAt = nowMs + LIFE_MS[used.ttl];
      for (const { hash, ttl } of writes) this.entries.set(hash, { ttl, expiresAt: nowMs + LIFE_MS[ttl] });
    };
    return { usage: { inputTokens, readTokens: read, write5mTokens, write1hTokens, totalTokens: total }, commit };
  }

  private longestHit(prefixes: readonly Prefix[], nowMs: number): number {
    for (let at = prefixes.length - 1; at >= 0; at--) {
      if (!prefixes[at]?.ttl) continue;
      for (let back = at; back >= 0 && at - back < LOOK_BACK_BLOCKS; back--) {
        const entry = this.entries.get(prefixes[back]?.hash ?? '');
        if (entry && entry.expiresAt > nowMs) return back;
      }
    }
    return -1;
  }
}

/** Tokens of a prompt without regard to caching, as `count_tokens` answers. */
export function inputTokensOf(request: ValidRequest): number {
  return prefixesOf(request, '').at(-1)?.tokens ?? 0;
}

/** The running hash and length after each block. Another model, account or output format is another cache. */
function prefixesOf(request: ValidRequest, account: string): Prefix[] {
  const schema = request.schema ? JSON.stringify(request.schema) : '';
  let tokens = FRAME_TOKENS + schemaTokens(schema, request.model);
  let hash = sha(`${account}\n${request.model.id}\n${schema}`);
  let message = -1;
  return request.blocks.map((block) => {
    if (block.message !== message) tokens += MESSAGE_TOKENS;
    message = block.message;
    tokens += countTokens(block.text, request.model);
    hash = sha(`${hash}\n${block.role}\n${block.text}`);
    return { hash, tokens, ...(block.cache && { ttl: block.cache.ttl }) };
  });
}

function schemaTokens(schema: string, model: ModelRules): number {
  return schema ? SCHEMA_PROMPT_TOKENS + Math.min(countTokens(schema, model), MAX_SCHEMA_TOKENS) : 0;
}

/** A breakpoint below the smallest cacheable prefix is ignored without a word, as in the API. */
function writesAfter(prefixes: readonly Prefix[], hit: number, model: ModelRules) {
  const writes: { hash: string; ttl: '5m' | '1h'; added: number }[] = [];
  let from = hit < 0 ? 0 : (prefixes[hit]?.tokens ?? 0);
  prefixes.forEach((prefix, at) => {
    if (at <= hit || !prefix.ttl || prefix.tokens < model.smallestCacheableTokens) return;
    writes.push({ hash: prefix.hash, ttl: prefix.ttl, added: prefix.tokens - from });
    from = prefix.tokens;
  });
  return writes;
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
