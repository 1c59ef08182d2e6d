import { BackgroundRunner, BackgroundSettings } from '@memori/llm';
import { FactRunner } from '../../libs/memory/src/facts/fact-runner';
import { FactSettings } from '../../libs/memory/src/facts/fact-settings';
import type { BootedMemori } from './boot-memori';

/** For `bootMemori`: nothing moves in the background but by `settle`. */
export const BY_HAND = { MEMORI_BACKGROUND_MODEL_CALLS: 'true', MEMORI_ROLE: 'api' };

/** Draws, calls, collects and delivers until nothing is left to do. */
export async function settle({ app }: Pick<BootedMemori, 'app'>): Promise<void> {
  Object.assign(app.get(FactSettings), { quietMs: 0 });
  Object.assign(app.get(BackgroundSettings), { directCalls: 1 });
  await app.get(FactRunner).round();
  await app.get(BackgroundRunner).round();
  await app.get(BackgroundRunner).round();
}
