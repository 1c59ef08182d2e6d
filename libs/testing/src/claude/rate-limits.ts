import { ClaudeError } from './errors';

/** Limits a minute of one model class. Buckets refill continuously. */
export interface RateLimitOptions {
  readonly requests?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Whether an empty bucket is answered with 429; otherwise the headers only tell of it. */
  readonly enforced?: boolean;
}

class Bucket {
  private level: number;
  private at: number | undefined;

  constructor(readonly limit: number) {
    this.level = limit;
  }

  take(amount: number, nowMs: number): void {
    this.refill(nowMs);
    this.level -= amount;
  }

  left(nowMs: number): number {
    this.refill(nowMs);
    return Math.max(0, Math.floor(this.level));
  }

  /** Milliseconds until `amount` is there again. */
  waitMs(amount: number, nowMs: number): number {
    this.refill(nowMs);
    return Math.max(0, ((Math.min(amount, this.limit) - this.level) / this.limit) * 60_000);
  }

  private refill(nowMs: number): void {
    const elapsed = Math.max(0, nowMs - (this.at ?? nowMs));
    this.level = Math.min(this.limit, this.level + (elapsed / 60_000) * this.limit);
    this.at = nowMs;
  }
}

/** The token buckets behind the `anthropic-ratelimit-*` headers. Cached input does not count. */
export class RateLimits {
  private readonly buckets: Record<'requests' | 'input-tokens' | 'output-tokens', Bucket>;
  private readonly enforced: boolean;

  constructor(options: RateLimitOptions = {}) {
    this.buckets = {
      requests: new Bucket(options.requests ?? 1_000_000),
      'input-tokens': new Bucket(options.inputTokens ?? 1_000_000_000),
      'output-tokens': new Bucket(options.outputTokens ?? 100_000_000),
    };
    this.enforced = options.enforced ?? false;
  }

  /** Takes one request with its uncached input, or throws the 429 of an empty bucket. */
  admit(inputTokens: number, nowMs: number): void {
    const wants = { requests: 1, 'input-tokens': inputTokens, 'output-tokens': 1 };
    for (const [name, amount] of Object.entries(wants) as [keyof typeof wants, number][]) {
      const waitMs = this.buckets[name].waitMs(amount, nowMs);
      if (this.enforced && waitMs > 0) throw this.exceeded(name, waitMs, nowMs);
    }
    this.buckets.requests.take(1, nowMs);
    this.buckets['input-tokens'].take(inputTokens, nowMs);
  }

  spendOutput(tokens: number, nowMs: number): void {
    this.buckets['output-tokens'].take(tokens, nowMs);
  }

  headers(nowMs: number): Record<string, string> {
    const headers: Record<string, string> = {};
    const set = (name: string, limit: number, left: number, waitMs: number) => {
      headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
      headers[`anthropic-ratelimit-${name}-remaining`] = String(left);
      headers[`anthropic-ratelimit-${name}-reset`] = new Date(nowMs + waitMs).toISOString().replace(/\.\d+Z$/, 'Z');
    };
    for (const [name, bucket] of Object.entries(this.buckets))
      set(name, bucket.limit, bucket.left(nowMs), bucket.waitMs(bucket.limit, nowMs));
    const [input, output] = [this.buckets['input-tokens'], this.buckets['output-tokens']];
    const left = input.left(nowMs) + output.left(nowMs);
    const waitMs = Math.max(input.waitMs(input.limit, nowMs), output.waitMs(output.limit, nowMs));
    set('tokens', input.limit + output.limit, left, waitMs);
    return headers;
  }

  private exceeded(name: string, waitMs: number, nowMs: number): ClaudeError {
    const what = name.replace('-', ' ');
    return new ClaudeError(
      429,
      'rate_limit_error',
      `This request would exceed your rate limit of ${what} per minute.`,
      {
        'retry-after': String(Math.ceil(waitMs / 1000)),
        'x-should-retry': 'true',
        ...this.headers(nowMs),
      },
    );
  }
}
