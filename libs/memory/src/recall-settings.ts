import { StartError } from '@memori/database';
import { RECALL_WEIGHTS, type RecallWeights } from './recall-weights';

/** No weight says more than this: ten times the text itself is no weighing any more. */
const MOST = 10;

/** How signals are weighed, as the configuration has it. */
export class RecallSettings {
  constructor(readonly weights: RecallWeights = RECALL_WEIGHTS) {}

  /**
   * Of MEMORI_RECALL_WEIGHTS: a JSON object of the weights that are to be others than the defaults, `{"vector": 0.5}`.
   *
   * @throws {StartError} names what is wrong, and the weights that there are
   */
  static read(text: string): RecallSettings {
    if (text.trim() === '') return new RecallSettings();
    const given = objectIn(text);
    const wrong = Object.entries(given).flatMap(([name, value]) => faultOf(name, value));
    if (wrong.length > 0) throw new StartError(`MEMORI_RECALL_WEIGHTS: ${wrong.join('; ')}.`);
    return new RecallSettings({ ...RECALL_WEIGHTS, ...given });
  }
}

function objectIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StartError('MEMORI_RECALL_WEIGHTS must be a JSON object such as {"vector": 0.5}.');
  return value as Record<string, unknown>;
}

function faultOf(name: string, value: unknown): string[] {
  if (!Object.hasOwn(RECALL_WEIGHTS, name))
    return [`"${name}" is no weight; there are ${Object.keys(RECALL_WEIGHTS).join(', ')}`];
  const isWeight = typeof value === 'number' && value >= 0 && value <= MOST;
  return isWeight ? [] : [`"${name}" must be a number from 0 to ${MOST}`];
}
