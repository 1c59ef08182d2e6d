import type Anthropic from '@anthropic-ai/sdk';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { anthropicClient } from './anthropic-client';
import type { LlmRequest } from './llm';
import { modelNotConfigured } from './llm-errors';
import { CutStreamError } from './provider-fault';
import { requestBody } from './request-body';
import type { StreamEvidence } from './stream-evidence';

export interface ModelCall {
  readonly request: LlmRequest;
  readonly model: string;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
  /** Filled while the reply streams in; holds what is known when the call fails. */
  readonly evidence: StreamEvidence;
  /** Called after each event. */
  readonly onEvent?: () => void;
  /** Called once, when the provider has taken the request. */
  readonly onHeaders?: (headers: Headers) => void;
}

/** Nobody waits long for a number that an estimate could stand for. */
const COUNT_TIMEOUT_MS = 5000;

/** Claude by the SDK. One call is one attempt: the SDK never retries, since each attempt is a row and a charge. */
@Injectable()
export class AnthropicLlm {
  private client?: Anthropic;

  constructor(private readonly env: Env) {}

  isConfigured(): boolean {
    return this.env.MEMORI_ANTHROPIC_API_KEY !== '';
  }

  /** Streams one reply into `evidence`. An aborted or cut stream throws. */
  async stream(call: ModelCall): Promise<void> {
    const { request, model, maxOutputTokens, signal, evidence } = call;
    const body = requestBody(request, model, maxOutputTokens, this.env.MEMORI_CLAUDE_EFFORT);
    const sent = this.connect().messages.create(body, { signal });
    const { data: events, request_id: requestId, response } = await sent.withResponse();
    call.onHeaders?.(response.headers);
    if (requestId) evidence.requestId = requestId;
    for await (const event of events) {
      evidence.take(event);
      call.onEvent?.();
    }
    // The SDK ends an aborted stream as if it were over, and so does a server that hangs up politely.
    signal.throwIfAborted();
    if (!evidence.isComplete) throw new CutStreamError();
  }

  /** Counts the input without sending it to a model: free, with a rate limit of its own. */
  async countInput({ request, model, signal }: Pick<ModelCall, 'request' | 'model' | 'signal'>): Promise<number> {
    const { max_tokens: _, stream: __, ...body } = requestBody(request, model, 1, this.env.MEMORI_CLAUDE_EFFORT);
    const counted = await this.connect().messages.countTokens(body, { signal, timeout: COUNT_TIMEOUT_MS });
    return counted.input_tokens;
  }

  /** Made late: without a key the SDK would look for profiles on the disk. */
  private connect(): Anthropic {
    if (!this.isConfigured()) throw modelNotConfigured();
    return (this.client ??= anthropicClient(this.env));
  }
}
