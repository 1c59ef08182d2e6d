import type { INestApplication } from '@nestjs/common';
import type { Env } from '@memori/config';
import type { Log } from '@memori/monitoring';
import { Lifecycle } from '../../api/src/health/lifecycle';

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** npm passes Ctrl-C on to us while the terminal sends it too; the second within this time is the same one. */
const SAME_PRESS_MS = 1000;
/** Somebody sits at the terminal and waits; an orchestrator gives the whole grace. */
const GRACE_AT_TERMINAL_MS = 3000;
/** For closing what is idle: sockets, pools, the embedded PostgreSQL. */
const CLOSING_MS = 15_000;

/** Ends the process in order: no new work, what is in hand is finished, then everything is closed. */
export function stopOnSignals(app: INestApplication, env: Env, log: Log): void {
  let firstAtMs: number | undefined;
  const onSignal = (signal: Signal) => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      void stop(app, graceMs(signal, env), signal, log);
    } else if (signal !== 'SIGTERM' && nowMs - firstAtMs > SAME_PRESS_MS) {
      log.warn('Stopped at once by a second Ctrl-C');
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal));
}

function graceMs(signal: Signal, env: Env): number {
  const wholeMs = env.MEMORI_SHUTDOWN_GRACE_SECONDS * 1000;
  return signal === 'SIGINT' ? Math.min(wholeMs, GRACE_AT_TERMINAL_MS) : wholeMs;
}

async function stop(app: INestApplication, patienceMs: number, signal: Signal, log: Log): Promise<void> {
  log.info('Stopping', { signal });
  const lifecycle = app.get(Lifecycle);
  lifecycle.stop();
  await Promise.race([lifecycle.idle(), later(patienceMs)]);
  const giveUp = setTimeout(() => {
    log.error('Closing took too long; the process ends without it');
    process.exit(1);
  }, patienceMs + CLOSING_MS);
  try {
    await app.close();
    clearTimeout(giveUp);
    log.info('Stopped');
    process.exit(0);
  } catch (error) {
    log.error('Closing failed', { error });
    process.exit(1);
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
