import { withClient } from '@memori/database';
import { BackgroundRunner } from '@memori/llm';
import { FactRunner } from '../../libs/memory/src/facts/fact-runner';
import { FactSettings } from '../../libs/memory/src/facts/fact-settings';
import type { BootedMemori } from './boot-memori';

/** For `bootMemori`: nothing moves in the background but by `settle`. */
export const BY_HAND = { MEMORI_BACKGROUND_MODEL_CALLS: 'true', MEMORI_ROLE: 'api' };

/** Draws, calls, collects and delivers until nothing is left to do. */
export async function settle({ app, db }: Pick<BootedMemori, 'app' | 'db'>): Promise<void> {
  Object.assign(app.get(FactSettings), { quietMs: 0 });
  await app.get(FactRunner).round();
  let waiting: number;
  do {
    await app.get(BackgroundRunner).round();
    await app.get(BackgroundRunner).round();
    // Two calls of one process met at one slot: the second one need not wait for its time.
    waiting = await withClient(db.superuser, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE memori.background_requests SET run_after = now() WHERE state = 'waiting' AND error->>'code' = 'queue-timeout'`,
      );
      return rowCount ?? 0;
    });
  } while (waiting > 0);
}
