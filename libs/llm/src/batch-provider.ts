import type Anthropic from '@anthropic-ai/sdk';
import type {
  BatchCreateParams,
  MessageBatch,
  MessageBatchIndividualResponse,
} from '@anthropic-ai/sdk/resources/messages';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { anthropicClient } from './anthropic-client';
import type { CallPlan } from './call-plan';
import { modelNotConfigured } from './llm-errors';
import { requestBody } from './request-body';

export type BatchItem = BatchCreateParams.Request;

/** Message batches at the provider. Retries nothing. */
@Injectable()
export class BatchProvider {
  private client?: Anthropic;

  constructor(private readonly env: Env) {}

  /** One item of a batch. `attemptId` comes back with its result. */
  item(attemptId: string, { request, model, maxOutputTokens }: CallPlan): BatchItem {
    const { stream: _, ...params } = requestBody(request, model, maxOutputTokens, this.env.MEMORI_CLAUDE_EFFORT);
    return { custom_id: attemptId, params };
  }

  create(requests: BatchItem[]): Promise<MessageBatch> {
    return this.connect().messages.batches.create({ requests });
  }

  get(providerId: string): Promise<MessageBatch> {
    return this.connect().messages.batches.retrieve(providerId);
  }

  /** The results of a batch that has ended, in no order. */
  async *results(providerId: string): AsyncGenerator<MessageBatchIndividualResponse> {
    yield* await this.connect().messages.batches.results(providerId);
  }

  /** All batches of the account since then, the newest first. */
  async *since(createdAfterMs: number): AsyncGenerator<MessageBatch> {
    for await (const batch of this.connect().messages.batches.list({ limit: 100 })) {
      if (Date.parse(batch.created_at) < createdAfterMs) return;
      yield batch;
    }
  }

  private connect(): Anthropic {
    if (this.env.MEMORI_ANTHROPIC_API_KEY === '') throw modelNotConfigured();
    return (this.client ??= anthropicClient(this.env));
  }
}
