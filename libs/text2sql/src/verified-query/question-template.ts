import { normaliseNumerals } from '@memori/text';
import { isUnspaced, normaliseQuestion } from './normalise-question';
import { isPlausibleText } from './plausible-text';
import { PATTERNS, readValue } from './typed-values';
import type { BoundValue, VerifiedParameter } from './verified-query';

const BLANK = /\{([\p{L}_][\p{L}\p{N}_]*)\}/gu;
/** What may stand between words. A point before a digit belongs to the number. */
const PAUSE = String.raw`\s,;:!?…"“”„«»'’‘()\[\]、。「」『』《》¿¡`;
const GAP = String.raw`(?:[${PAUSE}]|\.(?!\d))`;
const CJK = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}`;
const WORD = new RegExp(String.raw`[${CJK}]|[^${PAUSE}.${CJK}]+|\.(?=\d)`, 'gu');
const EDGES = new RegExp(`^${GAP}+|${GAP}+$`, 'gu');
const MOST_CHARACTERS = 300;

interface TextPart {
  readonly words: readonly string[];
  readonly opensWithGap: boolean;
  readonly endsWithGap: boolean;
}

/** `Orders in {city} since {day}` as literal texts around blanks: one text more than there are blanks. */
export interface QuestionTemplate {
  readonly names: readonly string[];
  readonly texts: readonly TextPart[];
  /** The form in which two templates are the same: names of blanks do not count. */
  readonly normalised: string;
}

export function parseTemplate(question: string): QuestionTemplate {
  const pieces = question.normalize('NFKC').split(BLANK);
  const names = pieces.filter((_, index) => index % 2 === 1);
  const literals = pieces.filter((_, index) => index % 2 === 0);
  return {
    names,
    texts: literals.map(textPart),
    normalised: literals.map(normaliseQuestion).join(' {} ').trim(),
  };
}

/** What is wrong with a template, or undefined. */
export function templateFault(template: QuestionTemplate): string | undefined {
  if (new Set(template.names).size < template.names.length) return 'names a blank twice';
  const between = template.texts.slice(1, -1);
  if (between.some(({ words }) => words.length === 0)) return 'has two blanks without a word between them';
  if (template.texts.every(({ words }) => words.length === 0)) return 'has no words';
  return undefined;
}

/**
 * The values of the blanks, when the question is this template and can be read in one way only. `mayBe` says whether a
 * text that does not look like a name could still be one (it is looked up in its column afterwards).
 */
export function matchTemplate(
  template: QuestionTemplate,
  parameters: readonly VerifiedParameter[],
  question: string,
): (BoundValue & { plausible: boolean })[] | undefined {
  // As written first: 六个核桃 is a name. Then with 前三 as 前3.
  for (const text of new Set([question.normalize('NFKC'), normaliseNumerals(question)])) {
    const values = matchText(template, parameters, text.replace(/\s+/gu, ' ').trim());
    if (values) return values;
  }
  return undefined;
}

function matchText(
  template: QuestionTemplate,
  parameters: readonly VerifiedParameter[],
  text: string,
): (BoundValue & { plausible: boolean })[] | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const shortest = capturesOf(expression(template, parameters, '?'), text);
  if (!shortest) return undefined;
  const longest = capturesOf(expression(template, parameters, ''), text);
  // Two ways to read it are one too many.
  if (shortest.some((capture, index) => capture !== longest?.[index])) return undefined;
  return valuesOf(template, parameters, shortest);
}

/** Without the quotes and commas around a value, which belong to the sentence. */
function capturesOf(form: RegExp, text: string): string[] | undefined {
  return form
    .exec(text)
    ?.slice(1)
    .map((capture) => capture.replace(EDGES, ''));
}

function valuesOf(template: QuestionTemplate, parameters: readonly VerifiedParameter[], captures: readonly string[]) {
  const found = parameters.map((parameter) => {
    const position = template.names.indexOf(parameter.name);
    const raw = captures[position] ?? '';
    const value = readValue(parameter.type, raw);
    const next = template.texts[position + 1]?.words ?? [];
    const plausible = parameter.type !== 'text' || isPlausibleText(raw, [parameter.name, ...next]);
    return { name: parameter.name, type: parameter.type, value, plausible };
  });
  if (found.some(({ value }) => value === undefined)) return undefined;
  return found as (BoundValue & { plausible: boolean })[];
}

function expression(template: QuestionTemplate, parameters: readonly VerifiedParameter[], laziness: '?' | ''): RegExp {
  const source = template.texts.map((text, index) => {
    const name = template.names[index];
    if (name === undefined) return literal(text, index, template);
    const type = parameters.find((parameter) => parameter.name === name)?.type ?? 'text';
    const value = type === 'text' ? `.{1,100}${laziness}` : PATTERNS[type];
    return `${literal(text, index, template)}(${value})`;
  });
  return new RegExp(`^${GAP}*${source.join('')}${GAP}*$`, 'iu');
}

function literal({ words, opensWithGap, endsWithGap }: TextPart, index: number, template: QuestionTemplate): string {
  if (words.length === 0) return '';
  const body = words.map((word, at) => (at === 0 ? '' : gapBetween(words[at - 1] ?? '', word)) + escape(word)).join('');
  const before = index > 0 ? edge(words[0] ?? '', opensWithGap) : '';
  const after = index < template.names.length ? edge(words.at(-1) ?? '', endsWithGap) : '';
  return before + body + after;
}

function gapBetween(left: string, right: string): string {
  return isUnspaced(left) || isUnspaced(right) || left === '.' || right === '.' ? `${GAP}*` : `${GAP}+`;
}

/** Between a word and a value: "top 5" needs its blank, "2024年" needs none and may have one. */
function edge(word: string, hasGap: boolean): string {
  return hasGap && !isUnspaced(word) ? `${GAP}+` : `${GAP}*`;
}

function textPart(text: string): TextPart {
  const gap = new RegExp(GAP, 'u');
  return {
    words: text.match(WORD) ?? [],
    opensWithGap: gap.test(text.slice(0, 1)),
    endsWithGap: gap.test(text.slice(-1)),
  };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => (sign === '-' ? '\\x2d' : `\\${sign}`));
}
