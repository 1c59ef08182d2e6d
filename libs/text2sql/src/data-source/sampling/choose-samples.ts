import type { SampleValues } from '../data-source.record';
import { lookLikeGivenNames } from './given-names';
import { hasSensitiveName, isAboutPersons, type NamedColumn } from './sensitive-name';
import { lookLikeChineseNames, looksSensitive } from './sensitive-values';

const SHOWN = 5;
/** A column with more different values than this is not a set of codes; its values identify rows. */
const MAX_DISTINCT = 20;
const MAX_SAFE_LENGTH = 60;
const MAX_LENGTH = 100;

/** What was read of one column: its values as text, cut somewhere beyond MAX_LENGTH. */
export interface SampledColumn extends NamedColumn {
  readonly values: readonly (string | null)[];
}

export interface ChosenSamples {
  readonly samples?: string[];
  readonly sensitive: boolean;
}

/**
 * Which values of a column may be shown to the model, the most frequent first. `safe` shows sets of codes only, and
 * nothing of a column whose name, or any value of which, looks like a person's data or a secret.
 */
export function chooseSamples(column: SampledColumn, mode: SampleValues): ChosenSamples {
  const counts = countOf(column.values);
  const distinct = [...counts.keys()];
  const sensitive =
    hasSensitiveName(column) ||
    distinct.some(looksSensitive) ||
    lookLikeChineseNames(distinct) ||
    lookLikeGivenNames(distinct);
  if (mode === 'off' || (mode === 'safe' && (sensitive || !isSetOfCodes(column, counts)))) return { sensitive };
  const samples = mostFrequent(counts).map((value) => cut(value));
  return samples.length > 0 ? { samples, sensitive } : { sensitive };
}

/** Few different, short values on one line. Unique ones only in a small table that is not about people. */
function isSetOfCodes({ table }: SampledColumn, counts: ReadonlyMap<string, number>): boolean {
  if (counts.size > MAX_DISTINCT) return false;
  const isUnique = [...counts.values()].every((count) => count === 1);
  if (isUnique && isAboutPersons(table)) return false;
  return [...counts.keys()].every((value) => value.length <= MAX_SAFE_LENGTH && !/\p{Cc}/u.test(value));
}

function countOf(values: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== null && value.trim() !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function mostFrequent(counts: ReadonlyMap<string, number>): string[] {
  const entries = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return entries.slice(0, SHOWN).map(([value]) => value);
}

/** By characters, so that none is cut in two. */
function cut(value: string): string {
  const characters = [...value];
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : value;
}
