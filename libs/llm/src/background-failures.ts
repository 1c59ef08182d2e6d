import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log } from '@memori/monitoring';
import { BackgroundRepository } from './background-repository';
import type { ClaimedRequest } from './background-request';
import { judgeFailure } from './background-verdict';
import { Randomness } from './randomness';

/** What is done with background work that failed: it waits and is tried again, or stays failed and visible. */
@Injectable()
export class BackgroundFailures {
  constructor(
    private readonly repository: BackgroundRepository,
    private readonly randomness: Randomness,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  /** A failure of its own loses nothing: the claim expires, and the sweep puts the request back. */
  async note(request: ClaimedRequest, error: unknown): Promise<'waits' | 'failed'> {
    const { id, purpose, attempts } = request;
    const mostAttempts = this.env.MEMORI_MAX_ATTEMPTS;
    const verdict = judgeFailure(error, { attempts, mostAttempts, random: this.randomness.next() });
    const facts = { requestId: id, purpose, code: verdict.problem.code };
    if (verdict.problem.code === 'internal') this.log.error('Background work broke off', { ...facts, error });
    else if (verdict.kind === 'fail') this.log.warn('Background work failed', facts);
    if (verdict.kind === 'wait') {
      await this.repository.wait(request, verdict.delayMs, verdict.counts, verdict.problem);
      return 'waits';
    }
    await this.repository.fail(request, verdict.problem);
    return 'failed';
  }

  /** This process ends; another one goes on. */
  async giveBack(request: ClaimedRequest): Promise<void> {
    const problem = { code: 'shutting-down', message: 'The instance of Memori that worked on it shut down.' } as const;
    await this.repository.wait(request, 0, false, problem);
  }
}
