import { Injectable } from '@nestjs/common';
import { Budget, type Hold, Prices } from '@memori/budget';
import { Env } from '@memori/config';
import { Log } from '@memori/monitoring';
import { newId } from '@memori/scope';
import { BackgroundFailures } from './background-failures';
import { BackgroundRepository } from './background-repository';
import { type ClaimedRequest, llmRequestOf } from './background-request';
import { BackgroundSettings } from './background-settings';
import { BatchEndings } from './batch-endings';
import { type BatchItem, BatchProvider } from './batch-provider';
import { BatchRepository } from './batch-repository';
import { endingOfLoss } from './batch-result';
import { CallLedger } from './call-ledger';
import { planCall } from './call-plan';
import { errorOfFault } from './fault-error';
import { ProviderError, providerFaultOf, type ProviderFault } from './provider-fault';
import { Randomness } from './randomness';
import { surely } from './surely';

const CLAIM_MS = 120_000;
const RESERVE_AT_ONCE = 4;

interface Reserved {
  readonly request: ClaimedRequest;
  readonly hold: Hold;
  readonly item: BatchItem;
}

/**
 * Collects requests that are ready into a message batch. Budget for each is held, at the price of a batch, before the
 * batch is sent; row, hold and attempt say "sent" in one commit before the socket is written.
 */
@Injectable()
export class BatchSender {
  constructor(
    private readonly repository: BackgroundRepository,
    private readonly batches: BatchRepository,
    private readonly provider: BatchProvider,
    private readonly endings: BatchEndings,
    private readonly failures: BackgroundFailures,
    private readonly budget: Budget,
    private readonly ledger: CallLedger,
    private readonly prices: Prices,
    private readonly settings: BackgroundSettings,
    private readonly randomness: Randomness,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  /** Sends one batch. False: nothing is ready, or not enough for long enough. */
  async sendNext(): Promise<boolean> {
    const { batchMost: most, batchEnough: enough, batchPatienceMs: patienceMs } = this.settings;
    const requests = await this.repository.claim({ most, enough, patienceMs, claimMs: CLAIM_MS });
    if (requests.length === 0) return false;
    const reserved = await this.reserveAll(requests);
    if (reserved.length > 0) await this.send(newId(), reserved);
    return true;
  }

  private async reserveAll(requests: readonly ClaimedRequest[]): Promise<Reserved[]> {
    const reserved: Reserved[] = [];
    for (let at = 0; at < requests.length; at += RESERVE_AT_ONCE) {
      const some = await Promise.all(requests.slice(at, at + RESERVE_AT_ONCE).map((each) => this.reserve(each)));
      reserved.push(...some.filter((each) => each !== undefined));
    }
    return reserved;
  }

  /** Undefined: it cannot be afforded, or not be sent at all. The others go without it. */
  private async reserve(request: ClaimedRequest): Promise<Reserved | undefined> {
    try {
      const plan = planCall(llmRequestOf(request), this.env, this.prices.current);
      const { model, atMost } = plan;
      const { scope, purpose } = request;
      const hold = await this.budget.reserve(scope, { model, atMost, purpose, batch: true });
      return { request, hold, item: this.provider.item(hold.attemptId, plan) };
    } catch (error) {
      await this.failures.note(request, error);
      return undefined;
    }
  }

  private async send(batchId: string, reserved: readonly Reserved[]): Promise<void> {
    const { batchHoldMs: holdMs, orphanAfterMs } = this.settings;
    const items = reserved.map(({ request: held, hold: { attemptId } }) => ({ held, attemptId }));
    // Until its creation is answered nobody else has any business with it.
    const lookMs = this.env.MEMORI_CLAUDE_TIMEOUT_MS + orphanAfterMs;
    const may = await this.batches.open(batchId, items, { holdMs, lookMs });
    const going = reserved.filter(({ hold }) => may.has(hold.attemptId));
    for (const { hold } of reserved) if (!may.has(hold.attemptId)) await this.ledger.giveBack(hold);
    if (going.length > 0) await this.create(batchId, going);
  }

  private async create(batchId: string, going: readonly Reserved[]): Promise<void> {
    try {
      const { id } = await this.provider.create(going.map(({ item }) => item));
      await surely(() => this.batches.created(batchId, id, this.settings.pollMs));
      this.log.info('A batch of background work was sent', { batchId, requests: going.length });
    } catch (error) {
      const fault = providerFaultOf(error);
      if (fault && wasSurelyRefused(fault)) return this.refused(batchId, going, fault, error);
      // It may be there all the same: the collector looks for it at the provider.
      this.log.warn('Whether a batch was made is not known yet', { batchId, error: new ProviderError(error) });
    }
  }

  private async refused(batchId: string, going: readonly Reserved[], fault: ProviderFault, cause: unknown) {
    for (const { request, hold } of going) {
      const context = {
        model: hold.model,
        failedAttempts: request.attempts,
        overloadsBefore: () => 0,
        random: this.randomness.next(),
        timeoutMs: this.env.MEMORI_CLAUDE_TIMEOUT_MS,
      };
      const error = errorOfFault(fault, context, new ProviderError(cause));
      await this.endings.end(request, hold, endingOfLoss(fault.kind, error));
    }
    await this.batches.end(batchId, 'lost');
  }
}

/** An error of the server may come after the deed; an answer that says no, or no connection at all, may not. */
function wasSurelyRefused({ isUnbilled, status }: ProviderFault): boolean {
  return isUnbilled && (status === undefined || status < 500);
}
