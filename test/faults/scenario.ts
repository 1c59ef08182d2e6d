import type { Mode, World, WorldOptions } from './world/world';

/** One way in which things go wrong, and what must come of it. A file of its own under `scenarios/`. */
export interface Scenario {
  readonly name: string;
  /** One line for people: what is done to the system. */
  readonly about: string;
  /** Both when left out. */
  readonly modes?: readonly Mode[];
  /** Of these, the ones that `--short` tries; all of them when left out. */
  readonly shortModes?: readonly Mode[];
  /** A world of its own. Left out: one that scenarios of the same mode share, one after the other. */
  readonly world?: Partial<Pick<WorldOptions, 'env' | 'apis' | 'workers' | 'clocks' | 'withRedisAtStart'>>;
  /** Why it cannot run here, e.g. a program that is missing. */
  readonly skipReason?: () => string | undefined;
  /** Does the harm and asserts what is special to it; what must always hold is checked afterwards. */
  run(world: World): Promise<void>;
}

/** Says what was expected and what came, in one line. */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}
