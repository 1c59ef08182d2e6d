import type { World } from '../world/world';

/** One sentence of the contract, and whether it holds. */
export interface Finding {
  readonly sentence: string;
  readonly isSo: boolean;
  /** The numbers that it rests on, or what contradicts it. */
  readonly evidence: string;
}

export type Check = (world: World) => Promise<Finding[]>;

/** Holds when nothing contradicts it. */
export function unless(contradictions: readonly unknown[], sentence: string, evidence: string): Finding {
  const shown = contradictions.slice(0, 5).map((each) => JSON.stringify(each));
  const more = contradictions.length > 5 ? ` and ${contradictions.length - 5} more` : '';
  const isSo = contradictions.length === 0;
  return { sentence, isSo, evidence: isSo ? evidence : `${shown.join(', ')}${more}` };
}
