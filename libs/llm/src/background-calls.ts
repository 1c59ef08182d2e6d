import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { BackgroundFailures } from './background-failures';
import { BackgroundRepository } from './background-repository';
import { type ClaimedRequest, llmRequestOf } from './background-request';
import { Llm } from './llm';

/** Beyond the timeout of the call itself: for the slot, the ledger and the row. */
const CLAIM_MARGIN_MS = 60_000;

/** Background work one call at a time, each through the metered door. */
@Injectable()
export class BackgroundCalls {
  constructor(
    private readonly repository: BackgroundRepository,
    private readonly llm: Llm,
    private readonly failures: BackgroundFailures,
    private readonly env: Env,
  ) {}

  /** Runs the oldest request that is ready. False: there is none, or it has to wait, and so would the next. */
  async runNext(stop: AbortSignal): Promise<boolean> {
    const claimMs = this.env.MEMORI_CLAUDE_TIMEOUT_MS + CLAIM_MARGIN_MS;
    const [request] = await this.repository.claim({ most: 1, enough: 1, patienceMs: 0, claimMs });
    return request ? this.run(request, stop) : false;
  }

  private async run(request: ClaimedRequest, signal: AbortSignal): Promise<boolean> {
    try {
      const { json } = await this.llm.complete({ ...llmRequestOf(request), signal });
      await this.repository.end(request, json);
      return true;
    } catch (error) {
      if (!signal.aborted) return (await this.failures.note(request, error)) === 'failed';
      await this.failures.giveBack(request);
      return false;
    }
  }
}
