import { indexTokens } from '@memori/text';
import type { RecallItem } from '@memori/memory';
import type { StoredAnswer } from './cached-answer.store';

type Own = Pick<RecallItem, 'content' | 'sql' | 'role'>;

const QUOTED_NAMES = /"(?:[^"]|"")*"/g;
const TEXTS = /'((?:[^']|'')*)'/g;
const NUMBERS = /(?<![\p{L}\p{N}_.])\d+(?:\.\d+)?(?![\p{L}\p{N}_])/gu;
/** They stand in SQL of every kind: NULLIF(…, 0), LIMIT 1, percentages. */
const TRIVIAL = new Set(['0', '1', '100']);

/**
 * Whether an answer shows anything that stands in what its own user said before and neither in the question nor in `shared`,
 * which every user's prompt holds: a word that he used, or a value of his SQL. What shows nothing of it anybody could have
 * been answered. In doubt it does: a shared answer less costs a call.
 */
export function showsOwn(
  { sql, explanation, assumptions }: Pick<StoredAnswer, 'sql' | 'explanation' | 'assumptions'>,
  own: readonly Own[],
  question: string,
  shared: readonly string[],
): boolean {
  const said = new Set(own.flatMap(marksOf));
  const known = new Set([question, ...shared, namesIn(sql)].flatMap(indexTokens));
  const shown = [explanation, ...assumptions, ...literalsIn(sql)].flatMap(indexTokens);
  return shown.some((token) => said.has(token) && !known.has(token) && !TRIVIAL.has(token));
}

/** His own words; of what was answered, the values alone: how the model puts things says nothing about him. */
function marksOf({ content, sql = '', role }: Own): string[] {
  const words = indexTokens(content);
  const values = literalsIn(sql).flatMap(indexTokens);
  return [...(role === 'assistant' ? words.filter((word) => /\d/.test(word)) : words), ...values];
}

function literalsIn(sql: string): string[] {
  const bare = sql.replace(QUOTED_NAMES, '""');
  return [...bare.matchAll(TEXTS)].map(([, text = '']) => text).concat(bare.replace(TEXTS, "''").match(NUMBERS) ?? []);
}

function namesIn(sql: string): string {
  return sql.replace(TEXTS, "''").replace(NUMBERS, '');
}
