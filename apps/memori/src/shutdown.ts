import type { INestApplication } from '@nestjs/common';
import type { Env } from '@memori/config';
import type { Log } from '@memori/monitoring';
import { Lifecycle } from '../../api/src/health/lifecycle';

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** npm passes Ctrl-C on to us while the terminal sends it too; the second within this time is the same one. */
const SAME_PRESS_MS = 1000;
/** Beyond the grace of questions that run: for closing sockets, pools and the embedded PostgreSQL. */
const CLOSING_MS = 15_000;

/** How long a signal waits for a start to end, since half a start cannot be taken back in order. */
const START_MS = 3000;

/**
 * Ends the process in order: streams end and nothing new is taken, what runs gets its grace (the dispatcher of questions
 * sees to that), then everything is closed. A start that takes too long is broken off; the next one mends what it left.
 * Returns whether a signal has come: a start that fails then fails because of it, and that is no fault to explain.
 */
export function stopOnSignals(starting: Promise<INestApplication>, env: Env, log: Log): () => boolean {
  let firstAtMs: number | undefined;
  const onSignal = (signal: Signal) => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      void stop(starting, signal, env, log);
    } else if (signal === 'SIGINT' && nowMs - firstAtMs > SAME_PRESS_MS) {
      log.warn('Stopped at once by a second Ctrl-C');
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal));
  return () => firstAtMs !== undefined;
}

/** The end of a process whose start was broken off. */
export function endEarly(log: Log): never {
  log.warn('Stopped in the middle of the start');
  process.exit(130);
}

async function stop(starting: Promise<INestApplication>, signal: Signal, env: Env, log: Log): Promise<void> {
  const hurry = setTimeout(() => endEarly(log), START_MS);
  // Whoever began the start sees to its failure, and ends the process.
  const app = await starting.catch(() => undefined);
  clearTimeout(hurry);
  if (!app) return;
  log.info('Stopping', { signal });
  const patience = setTimeout(
    () => {
      log.error('Closing took too long; the process ends without it');
      process.exit(1);
    },
    env.MEMORI_SHUTDOWN_GRACE_SECONDS * 1000 + CLOSING_MS,
  );
  try {
    app.get(Lifecycle).stop();
    await app.close();
    clearTimeout(patience);
    log.info('Stopped');
    process.exit(0);
  } catch (error) {
    log.error('Closing failed', { error });
    process.exit(1);
  }
}
