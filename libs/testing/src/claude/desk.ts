import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@memori/scope';
import { BatchDesk, batchItemResult, errored } from './batch-desk';
import { Batches, type BatchItemResult } from './batches';
import { ClaudeError, invalid } from './errors';
import { checkHeaders, readJson } from './http-body';
import { idText } from './message';
import { MODELS, findModel, modelInfo } from './models';
import { PromptCache, inputTokensOf } from './prompt-cache';
import { type RateLimitOptions, RateLimits } from './rate-limits';
import type { Reply } from './reply';
import { type ClaudeRequest, claudeRequest, purposeOf, questionOf } from './request';
import { type Sleep, respond, sendError, sendJson } from './respond';
import { type ValidRequest, validateCountRequest, validateMessageRequest } from './validate';

export interface DeskOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** The keys that are right. Left out: any key is. */
  readonly apiKeys?: readonly string[];
  readonly limits?: RateLimitOptions;
  /** How many requests are kept; the oldest go first. */
  readonly keepRequests?: number;
}

const SHOWN_REQUESTS = 20;
const ORGANIZATION = '00000000-0000-4000-8000-000000000000';

/** Takes requests in, checks them, asks `decide` for a reply and keeps the books. */
export class Desk {
  requests: ClaudeRequest[] = [];
  countRequests: ClaudeRequest[] = [];
  rejected: { path: string; status: number; message: string }[] = [];
  inFlight = 0;
  mostInFlight = 0;
  private received = 0;
  private attempts = new Map<string, number>();
  private cache = new PromptCache();
  private limits = new Map<string, RateLimits>();
  private waiters: { isDone: () => boolean; resolve: () => void }[] = [];
  private readonly closing = new AbortController();
  batchDesk = this.newBatchDesk();

  constructor(
    private readonly options: DeskOptions,
    private readonly decide: (request: ClaudeRequest) => Reply,
  ) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = `req_${idText()}`;
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    response.setHeader('request-id', requestId);
    response.setHeader('anthropic-organization-id', ORGANIZATION);
    try {
      await this.route(`${request.method ?? ''} ${path}`, request, response, requestId);
    } catch (error) {
      if (response.destroyed || response.headersSent) return;
      const known = error instanceof ClaudeError ? error : new ClaudeError(500, 'api_error', String(error));
      if (known.status !== 429) this.rejected.push({ path, status: known.status, message: known.message });
      sendError(response, known, requestId);
    }
  }

  /** Fulfilled when `isDone` holds; looked at after every request and answer. */
  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ isDone, resolve }));
  }

  reset(): void {
    [this.requests, this.countRequests, this.rejected] = [[], [], []];
    [this.received, this.mostInFlight] = [0, this.inFlight];
    [this.attempts, this.limits, this.cache] = [new Map(), new Map(), new PromptCache()];
    this.batchDesk = this.newBatchDesk();
  }

  close(): void {
    this.closing.abort();
  }

  private async route(call: string, request: IncomingMessage, response: ServerResponse, requestId: string) {
    if (call === 'GET /fake/requests') return sendJson(response, 200, { items: this.lastRequests() });
    const account = checkHeaders(request, this.options.apiKeys);
    const now = this.options.clock.now();
    if (BatchDesk.isFor(call.split(' ')[1] ?? '')) return this.batchDesk.serve(request, response);
    if (call === 'POST /v1/messages') {
      const valid = validateMessageRequest(await readJson(request), now);
      return this.answer(valid, account, request, response, requestId);
    }
    if (call === 'POST /v1/messages/count_tokens') {
      const valid = validateCountRequest(await readJson(request), now);
      this.countRequests.push(this.note(valid, account, request, { attempt: 0, requestId }).kept);
      return sendJson(response, 200, { input_tokens: inputTokensOf(valid) });
    }
    if (call === 'GET /v1/models') return sendJson(response, 200, modelList(now));
    const model = call.startsWith('GET /v1/models/') ? findModel(call.slice('GET /v1/models/'.length), now) : undefined;
    if (model) return sendJson(response, 200, modelInfo(model));
    throw new ClaudeError(404, 'not_found_error', 'Not Found');
  }

  /** What was sent lately, for people who want to see it; no part of the real API. */
  private lastRequests() {
    return this.requests
      .slice(-SHOWN_REQUESTS)
      .map(({ headers: _keys, promptText: _, systemText: __, ...shown }) => shown);
  }

  private async answer(
    valid: ValidRequest,
    account: string,
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ) {
    const { kept, commit } = this.note(valid, account, request, { attempt: this.attemptOf(valid), requestId });
    if (kept.input.totalTokens > valid.model.contextTokens)
      throw invalid(`prompt is too long: ${kept.input.totalTokens} tokens > ${valid.model.contextTokens} maximum`);
    this.keep(kept);
    const limits = this.limitsOf(valid.model.id);
    const gone = this.watch(kept, response);
    try {
      const nowMs = this.options.clock.nowMs();
      limits.admit(kept.input.inputTokens + kept.input.write5mTokens + kept.input.write1hTokens, nowMs);
      for (const [name, value] of Object.entries(limits.headers(nowMs))) response.setHeader(name, value);
      const begins = (outputTokens: number) => {
        commit();
        limits.spendOutput(outputTokens, this.options.clock.nowMs());
      };
      const { sleep } = this.options;
      await respond(
        { valid, request: kept, response, requestId, input: kept.input, gone, sleep, begins },
        this.decide(kept),
      );
    } catch (error) {
      kept.state = 'failed';
      throw error;
    }
  }

  private newBatchDesk(): BatchDesk {
    return new BatchDesk(
      new Batches(
        () => this.options.clock.now(),
        (params) => this.batchItem(params),
      ),
    );
  }

  /** The parameters of an item are only looked at when it is processed, and a wrong one fails alone. */
  private batchItem(params: unknown): BatchItemResult {
    try {
      const valid = validateMessageRequest(params, this.options.clock.now());
      if (valid.stream) throw invalid('stream: streaming is not supported in batches');
      const { usage, commit } = this.cache.measure(valid, 'batch', this.options.clock.nowMs());
      const kept = claudeRequest(valid, {
        number: this.received + 1,
        attempt: this.attemptOf(valid),
        headers: {},
        input: usage,
        requestId: `req_${idText()}`,
      });
      kept.endedAtMs = kept.receivedAtMs;
      this.received++;
      this.requests.push(kept);
      const result = batchItemResult(valid, kept, this.decide(kept));
      if (result.type === 'succeeded') commit();
      return result;
    } catch (error) {
      if (!(error instanceof ClaudeError)) throw error;
      this.rejected.push({ path: '/v1/messages/batches', status: error.status, message: error.message });
      return errored(error);
    } finally {
      this.wake();
    }
  }

  private attemptOf(valid: ValidRequest): number {
    const key = createHash('sha256')
      .update(`${purposeOf(valid) ?? ''}\n${questionOf(valid)}`)
      .digest('base64');
    const attempt = (this.attempts.get(key) ?? 0) + 1;
    this.attempts.set(key, attempt);
    return attempt;
  }

  private note(
    valid: ValidRequest,
    account: string,
    { headers }: IncomingMessage,
    names: { attempt: number; requestId: string },
  ) {
    const { usage, commit } = this.cache.measure(valid, account, this.options.clock.nowMs());
    const kept = claudeRequest(valid, { number: this.received + 1, ...names, headers, input: usage });
    return { kept, commit };
  }

  private keep(request: ClaudeRequest): void {
    this.received++;
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    this.requests.push(request);
    if (this.requests.length > (this.options.keepRequests ?? 10_000)) this.requests.shift();
    this.wake();
  }

  /** Notices the end of the exchange, and a client that leaves before it. */
  private watch(kept: ClaudeRequest, response: ServerResponse): AbortSignal {
    const gone = new AbortController();
    response.once('close', () => {
      if (kept.state === 'open') kept.state = 'aborted';
      kept.endedAtMs ??= performance.now();
      gone.abort();
      this.inFlight--;
      this.wake();
    });
    return AbortSignal.any([gone.signal, this.closing.signal]);
  }

  private limitsOf(model: string): RateLimits {
    const limits = this.limits.get(model) ?? new RateLimits(this.options.limits);
    this.limits.set(model, limits);
    return limits;
  }

  private wake(): void {
    const done = this.waiters.filter(({ isDone }) => isDone());
    this.waiters = this.waiters.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }
}

function modelList(now: Date) {
  const data = MODELS.filter((model) => findModel(model.id, now)).map(modelInfo);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}
