import { LRUCache } from 'lru-cache';
import { Tokenizer } from 'ai-tokenizer';
import * as encoding from 'ai-tokenizer/encoding/claude';

let tokenizer: Tokenizer | undefined;

/**
 * Tokens of a text by the older tokenizer of Claude, for any text at all. The library throws on names of its special
 * tokens, and its time grows with the square of a run of one character class (6 s for 100,000 letters), so both are
 * broken up first; a run of that length costs one token more in every hundred, on the safe side.
 */
export function countTokens(text: string): number {
  tokenizer ??= new Tokenizer(encoding);
  return tokenizer.count(withoutLongRuns(withoutSpecialTokens(text)));
}

const SPECIAL = /<(EOT|META|META_START|META_END|SOS)>/g;
const LONG_RUNS = /(\p{L}{100}|\p{N}{100}|[^\s\p{L}\p{N}]{100})(?=\S)/gu;
const LONG_SPACE = /(\s{100})(?=\s)/gu;

function withoutSpecialTokens(text: string): string {
  return text.replace(SPECIAL, '< $1>');
}

function withoutLongRuns(text: string): string {
  return text.replace(LONG_RUNS, '$1\n').replace(LONG_SPACE, '$1.');
}

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;

interface CountsByScript {
  readonly cjk: number;
  readonly other: number;
}

// Rules and schemas come again with every question; counting them is most of what a prompt costs us.
const counted = new LRUCache<string, CountsByScript>({
  maxSize: 8_000_000,
  sizeCalculation: (_, text) => text.length + 1,
});

/** Tokens of the Chinese, Japanese and Korean part, and of the rest: the newer tokenizer counts them differently. */
export function countByScript(text: string): CountsByScript {
  const known = counted.get(text);
  if (known) return known;
  const counts = countAfresh(text);
  counted.set(text, counts);
  return counts;
}

function countAfresh(text: string): CountsByScript {
  const all = countTokens(text);
  const parts = text.match(CJK);
  if (!parts) return { cjk: 0, other: all };
  const cjk = Math.min(
    all,
    parts.reduce((sum, part) => sum + countTokens(part), 0),
  );
  return { cjk, other: all - cjk };
}
