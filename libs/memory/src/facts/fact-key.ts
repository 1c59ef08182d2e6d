import { createHash } from 'node:crypto';
import { foldLetters, indexTokens } from '@memori/text';
import { withoutNegation } from './negation';

/** What a fact is about, as far as it says so. */
export interface Statement {
  readonly content: string;
  readonly subject: string | null;
  readonly predicate: string | null;
}

/** By what two facts are compared. */
export interface FactKey {
  /** Normalised subject and predicate, without negation. Null: it names none. */
  readonly key: string | null;
  /** Part of the key: what is liked and what is not liked are two facts. */
  readonly negated: boolean;
  /** Hash of the content but for case, blanks and punctuation. Its negation stays in. */
  readonly fingerprint: string;
}

const ARTICLES = /^(?:the|a|an|my|our|der|die|das|le|la|el)\s+/iu;
const ONESELF = new Set([
  'i',
  'me',
  'user',
  'myself',
  'self',
  'speaker',
  '我',
  '用户',
  '用戶',
  '使用者',
  '本人',
  'ユーザー',
]);
/** Auxiliaries that a negation leaves behind: "does not like" is about liking. */
const AUXILIARIES = /(?<!\p{L})(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|to|be)(?!\p{L})/giu;

/** Says when, and not what. */
const NOISE =
  /(?<!\p{L})(?:now|currently|already|nowadays|any ?more|any longer)(?!\p{L})|现在|目前|如今|已经|已經|現在|了(?=[\s。!?,;,.!?;]|$)|です|ます/giu;
export const DENIED = '\u00ac';

export function factKey(
  statement: Statement,
  period?: { readonly from: Date | null; readonly to: Date | null },
): FactKey {
  const subject = normalSubject(statement.subject);
  const { text: predicate, negated: deniedByPredicate } = withoutNegation(statement.predicate ?? '');
  const name = normalPredicate(predicate.replace(NOISE, ' '));
  const key = subject !== '' && name !== '' ? `${subject}\t${name}` : null;
  const negated = deniedByPredicate || isDenied(statement.content, predicate);
  return { key, negated, fingerprint: fingerprintOf(statement.content, period) };
}

/** `period`: the same words about two spans of time are two facts. */
export function fingerprintOf(
  content: string,
  period?: { readonly from: Date | null; readonly to: Date | null },
): string {
  const words = foldLetters(content.normalize('NFKC').toLowerCase()).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const span = period?.to ? [period.from?.toISOString().slice(0, 10), period.to.toISOString().slice(0, 10)] : [];
  return createHash('sha256')
    .update(JSON.stringify([words.join(' '), ...span]))
    .digest('hex')
    .slice(0, 40);
}

/** What a fact says beyond its subject and predicate; `DENIED` stands in it when that is denied, and not the fact. */
export function valueTokens({ content, subject, predicate, negated }: Statement & FactKey): ReadonlySet<string> {
  const plainPredicate = withoutNegation(predicate ?? '').text;
  const whole = withoutNegation(content);
  let rest = whole.text.toLowerCase().replace(NOISE, ' ');
  // Scripts without blanks have no words to be taken out one by one.
  for (const part of [subject, plainPredicate])
    if (part && /\p{Script=Han}/u.test(part)) rest = rest.replace(part.normalize('NFKC').toLowerCase(), ' ');
  for (const self of ONESELF) if (/\p{Script=Han}/u.test(self)) rest = rest.replace(self, ' ');
  const known = new Set([...indexTokens(subject ?? ''), ...indexTokens(plainPredicate), ...indexTokens('user')]);
  const tokens = indexTokens(rest).filter((token) => !known.has(token));
  return new Set(whole.negated === negated ? tokens : [...tokens, DENIED]);
}

function normalSubject(subject: string | null): string {
  const plain = foldLetters((subject ?? '').normalize('NFKC').trim().toLowerCase()).replace(ARTICLES, '');
  return ONESELF.has(plain) ? 'user' : plain.replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim();
}

/** Stems in their order; a predicate of auxiliaries alone ("is") keeps them. */
export function normalPredicate(predicate: string): string {
  const bare = predicate.replace(AUXILIARIES, ' ').trim();
  return [...new Set(indexTokens(bare === '' ? predicate : bare))].join(' ');
}

/** Without a predicate by its first clause: "prefers tables, not charts" denies no preference. */
function isDenied(content: string, predicate: string): boolean {
  const [clause = ''] = content.split(/[,;:,;:。!?]|\.\s/u);
  const plain = predicate.normalize('NFKC').trim().toLowerCase();
  if (plain === '') return withoutNegation(clause).negated;
  const at = clause.normalize('NFKC').toLowerCase().indexOf(plain);
  // A negation after the predicate belongs to what is said about it: "means not cancelled".
  return withoutNegation(at < 0 ? clause : clause.slice(0, at + plain.length)).negated;
}
