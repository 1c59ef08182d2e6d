import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Turnstile } from '@memori/database';
import { MOST_DIRECT_RUNS } from './question-dispatcher';
import { cancelledError, intakeBusyError, queueFullError } from './question-errors';

/** Half of the connections to the database: questions that run, what they give back and the probes have the others. */
const AT_ONCE = 5;
const PATIENCE_MS = 30_000;

/**
 * Where questions of a burst stand until they are written down, in the order in which they came. Who waits here holds
 * nothing but his connection; who has passed is in the line, or runs.
 */
@Injectable()
export class IntakeGate {
  private readonly turnstile = new Turnstile(AT_ONCE);

  constructor(private readonly env: Env) {}

  /**
   * Runs `take` when its turn has come. Throws `queue-full` when more stand here than could run and wait, or when the
   * turn does not come within half a minute; `cancelled` when the asker has left.
   */
  async pass<T>(take: () => Promise<T>, signal?: AbortSignal, patienceMs = PATIENCE_MS): Promise<T> {
    const most = this.env.MEMORI_QUEUE_MAX_WAITING;
    if (this.turnstile.waiting >= MOST_DIRECT_RUNS + most) throw queueFullError(most);
    if (!(await this.turnstile.enter({ timeoutMs: patienceMs, signal })))
      throw signal?.aborted ? cancelledError() : intakeBusyError();
    try {
      return await take();
    } finally {
      this.turnstile.leave();
    }
  }
}
