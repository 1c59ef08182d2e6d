import { createHash } from 'node:crypto';
import { InputError, type InputRecord } from '@memori/golds';
import type { PairCase } from '../cache-evaluation';

/** A question with the SQL that answers it. */
export interface KnownQuestion {
  readonly id: string;
  readonly dbId: string;
  readonly question: string;
  readonly sql: string;
  /** Names of its values, where the set tells them: `MKE` is an `airport_code`. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** A pair of which both halves are known. */
export interface KnownPair extends PairCase {
  readonly left: KnownQuestion;
  readonly right: KnownQuestion;
}

/** Pairs that tell their SQL as well: `{ db_id, a, b, sql_a, sql_b, vars_a?, vars_b?, label }`. Others say nothing here. */
export function knownPairs(records: readonly InputRecord[], pairs: readonly PairCase[]): KnownPair[] {
  const byPlace = new Map(records.map((record) => [record.place, record.fields]));
  return pairs.flatMap((pair) => {
    const { db_id: dbId, sql_a: a, sql_b: b, vars_a, vars_b } = byPlace.get(pair.id) ?? {};
    if (typeof dbId !== 'string' || typeof a !== 'string' || typeof b !== 'string') return [];
    const known = (question: string, sql: string, vars: unknown) => {
      const values = valuesOf(vars, pair.id);
      const kinds = new Map(values.map(([name, value]) => [value, name.replace(/\d+$/, '')]));
      return { id: idOf(dbId, question), dbId, question, sql: withValues(sql, values), kinds };
    };
    return [{ ...pair, left: known(pair.a, a, vars_a), right: known(pair.b, b, vars_b) }];
  });
}

/** Each question once, with the SQL that was told first. */
export function distinctQuestions(pairs: readonly KnownPair[]): KnownQuestion[] {
  const all = pairs.flatMap(({ left, right }) => [left, right]);
  return [...new Map(all.reverse().map((each) => [each.id, each])).values()].reverse();
}

/** `"airport_code0"` in the SQL stands for the value of that name. */
function withValues(sql: string, values: readonly [string, string][]): string {
  return values.reduce((text, [name, value]) => text.replaceAll(`"${name}"`, () => `"${value}"`), sql);
}

function valuesOf(vars: unknown, place: string): [string, string][] {
  if (typeof vars !== 'string' || vars === '') return [];
  try {
    return Object.entries(JSON.parse(vars) as Record<string, string>);
  } catch (error) {
    throw new InputError(`${place}: "vars" are to be a JSON object of texts.`, { cause: error });
  }
}

function idOf(dbId: string, question: string): string {
  return createHash('sha256')
    .update(JSON.stringify([dbId, question]))
    .digest('hex')
    .slice(0, 16);
}
