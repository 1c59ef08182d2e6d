import { NotFoundError } from '@anthropic-ai/sdk';
import type { MessageBatch } from '@anthropic-ai/sdk/resources/messages';
import { Injectable } from '@nestjs/common';
import type { Hold } from '@memori/budget';
import { Env } from '@memori/config';
import { Log } from '@memori/monitoring';
import { BackgroundRepository } from './background-repository';
import { type ClaimedRequest, llmRequestOf } from './background-request';
import { BackgroundSettings } from './background-settings';
import { BatchEndings } from './batch-endings';
import { BatchProvider } from './batch-provider';
import { BatchRepository, type ClaimedBatch } from './batch-repository';
import { endingOfLoss, endingOfResult, endingOfSilence } from './batch-result';
import type { CallEnding } from './call-ending';
import type { CallPlan } from './call-plan';
import { estimateInput } from './estimate-request';
import { MustWaitError } from './must-wait.error';
import { ProviderError } from './provider-fault';

const CLAIM_MS = 600_000;

/** Asks for batches until they have ended, and brings their results home. */
@Injectable()
export class BatchCollector {
  constructor(
    private readonly repository: BackgroundRepository,
    private readonly batches: BatchRepository,
    private readonly provider: BatchProvider,
    private readonly endings: BatchEndings,
    private readonly settings: BackgroundSettings,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  /** Looks at one batch that is due. False: none is. */
  async lookNext(): Promise<boolean> {
    const batch = await this.batches.claim(CLAIM_MS);
    if (!batch) return false;
    try {
      await (batch.providerId === null ? this.findOrphan(batch) : this.collect(batch, batch.providerId));
    } catch (error) {
      this.log.warn('A batch could not be looked at; it is tried again', {
        batchId: batch.id,
        error: new ProviderError(error),
      });
      await this.batches.lookAgain(batch.id, this.settings.pollMs);
    }
    return true;
  }

  private async collect(batch: ClaimedBatch, providerId: string): Promise<void> {
    const status = await this.statusOf(providerId);
    if (status === 'in-progress') return this.batches.lookAgain(batch.id, this.settings.pollMs);
    const open = await this.repository.ofBatch(batch.id);
    if (status === 'ended')
      for await (const { custom_id: attemptId, result } of this.provider.results(providerId)) {
        const request = open.get(attemptId);
        if (request)
          await this.end(request, attemptId, (plan) => endingOfResult(result, plan, this.contextOf(request, plan)));
        open.delete(attemptId);
      }
    for (const [attemptId, request] of open) await this.end(request, attemptId, endingOfSilence);
    await this.batches.end(batch.id, 'ended');
  }

  /** `gone`: somebody deleted it there, or its results are no longer kept. */
  private async statusOf(providerId: string): Promise<'in-progress' | 'ended' | 'gone'> {
    try {
      const { processing_status: status, results_url: url } = await this.provider.get(providerId);
      if (status !== 'ended') return 'in-progress';
      return url === null ? 'gone' : 'ended';
    } catch (error) {
      if (error instanceof NotFoundError) return 'gone';
      throw error;
    }
  }

  /**
   * A batch whose creation was never answered: by a crash, or by a connection that broke. The list of the provider names no
   * request, so that batches of that time and size are candidates, and their results tell. Until that is known nothing is
   * sent again: late, but never twice.
   */
  private async findOrphan(batch: ClaimedBatch): Promise<void> {
    const open = await this.repository.ofBatch(batch.id);
    const candidates = await this.candidates(batch);
    for (const { id, processing_status: status, results_url: url } of candidates)
      if (status === 'ended' && url !== null && (await this.holdsOneOf(open, id))) return this.adopt(batch, id);
    const isInProgress = candidates.some(({ processing_status: status }) => status !== 'ended');
    const ageMs = (await this.batches.nowMs()) - batch.createdAtMs;
    if (isInProgress || ageMs < this.env.MEMORI_CLAUDE_TIMEOUT_MS + this.settings.orphanAfterMs)
      return this.batches.lookAgain(batch.id, this.settings.pollMs);
    await this.giveUp(batch, open);
  }

  private async candidates({ createdAtMs, requests }: ClaimedBatch): Promise<MessageBatch[]> {
    const { clockSkewMs } = this.settings;
    const latestMs = createdAtMs + this.env.MEMORI_CLAUDE_TIMEOUT_MS + clockSkewMs;
    const found: MessageBatch[] = [];
    for await (const batch of this.provider.since(createdAtMs - clockSkewMs))
      if (Date.parse(batch.created_at) <= latestMs && sizeOf(batch) === requests) found.push(batch);
    const known = await this.batches.known(found.map(({ id }) => id));
    return found.filter(({ id }) => !known.has(id));
  }

  private async holdsOneOf(open: ReadonlyMap<string, ClaimedRequest>, providerId: string): Promise<boolean> {
    for await (const { custom_id: attemptId } of this.provider.results(providerId)) return open.has(attemptId);
    return false;
  }

  private async adopt(batch: ClaimedBatch, providerId: string): Promise<void> {
    this.log.info('A batch was found again at the provider', { batchId: batch.id });
    await this.batches.created(batch.id, providerId, 0);
  }

  private async giveUp(batch: ClaimedBatch, open: ReadonlyMap<string, ClaimedRequest>): Promise<void> {
    for (const [attemptId, request] of open)
      await this.end(request, attemptId, () => endingOfLoss('not-created', notCreated()));
    await this.batches.end(batch.id, 'lost');
  }

  private async end(
    request: ClaimedRequest,
    attemptId: string,
    endingOf: (plan: CallPlan) => CallEnding,
  ): Promise<void> {
    const hold = await this.batches.holdOf(attemptId);
    if (!hold) throw new Error('A request of a batch has no reservation.');
    await this.endings.end(request, hold, endingOf(planOf(request, hold)));
  }

  private contextOf({ attempts }: ClaimedRequest, { model }: CallPlan) {
    const timeoutMs = this.env.MEMORI_CLAUDE_TIMEOUT_MS;
    return { model, failedAttempts: attempts, overloadsBefore: () => 0, random: 0, timeoutMs };
  }
}

/** As it was when it was sent: prices and settings may be others by now. */
function planOf(request: ClaimedRequest, { model, atMost }: Hold): CallPlan {
  const sent = llmRequestOf(request);
  const cacheWrites = atMost.cacheWrite1hTokens > 0 ? '1h' : '5m';
  const typicalInput = estimateInput(sent, model);
  return { request: sent, model, maxOutputTokens: atMost.outputTokens, typicalInput, atMost, cacheWrites };
}

function sizeOf({ request_counts: counts }: MessageBatch): number {
  return counts.canceled + counts.errored + counts.expired + counts.processing + counts.succeeded;
}

function notCreated(): MustWaitError {
  return new MustWaitError({
    reason: 'provider-unavailable',
    retryAfterMs: 1000,
    countsAsAttempt: true,
    message: 'Claude took no batch in.',
  });
}
