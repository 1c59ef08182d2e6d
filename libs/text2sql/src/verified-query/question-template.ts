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

const MOST_MARKS = 3;

/** A value as a question has it. */
export interface FoundValue extends BoundValue {
  /** It looks like a name; what does not may still stand in its column. */
  readonly plausible: boolean;
  /** What else its column may hold, in the order to look. */
  readonly orElse: readonly string[];
}

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
  question: AskedTexts,
): FoundValue[] | undefined {
  for (const { text, folded } of question) {
    // Most of a long book ends here: a regular expression costs a hundred times as much.
    if (!template.texts.every(({ words }) => words.every((word) => folded.includes(word.toLowerCase())))) continue;
    const values = matchText(template, parameters, text);
    if (values) return values;
  }
  return undefined;
}

/** A question in the forms that templates are compared with. */
export type AskedTexts = readonly { readonly text: string; readonly folded: string }[];

/** As written first: 六个核桃 is a name. Then with 前三 as 前3. Too long a question is no template's. */
export function askedTexts(question: string): AskedTexts {
  const forms = new Set([question.normalize('NFKC'), normaliseNumerals(question)]);
  return [...forms]
    .map((text) => text.replace(/\s+/gu, ' ').trim())
    .filter((text) => text.length <= MOST_CHARACTERS)
    .map((text) => ({ text, folded: text.toLowerCase() }));
}

function matchText(
  template: QuestionTemplate,
  parameters: readonly VerifiedParameter[],
  text: string,
): FoundValue[] | undefined {
  const forms = formsOf(template, parameters);
  const shortest = capturesOf(forms.shortest, text);
  if (!shortest) return undefined;
  const longest = capturesOf(forms.longest, text) ?? [];
  // Two ways to read it are one too many.
  if (shortest.some((capture, index) => bare(capture) !== bare(longest[index] ?? ''))) return undefined;
  return valuesOf(template, parameters, longest);
}

interface Forms {
  readonly parameters: readonly VerifiedParameter[];
  readonly shortest: RegExp;
  readonly longest: RegExp;
}

/** Made once for as long as a template lives. */
const KNOWN_FORMS = new WeakMap<QuestionTemplate, Forms>();

function formsOf(template: QuestionTemplate, parameters: readonly VerifiedParameter[]): Forms {
  const known = KNOWN_FORMS.get(template);
  if (known?.parameters === parameters) return known;
  const shortest = expression(template, parameters, '?');
  const forms = { parameters, shortest, longest: expression(template, parameters, '') };
  KNOWN_FORMS.set(template, forms);
  return forms;
}

function capturesOf(form: RegExp, text: string): string[] | undefined {
  return form.exec(text)?.slice(1);
}

/** Without the quotes and commas around a value, which belong to the sentence. */
function bare(capture: string): string {
  return capture.replace(EDGES, '');
}

/** Marks behind a value that belong to it after all, as in "E.T." and "Motta (2)"; the fewest first. */
function withMarks(capture: string): string[] {
  const start = capture.replace(new RegExp(`^${GAP}+`, 'u'), '');
  const value = bare(capture);
  const marks = [...start.slice(value.length)];
  const ends = marks.slice(0, MOST_MARKS).map((_, index) => value + marks.slice(0, index + 1).join(''));
  return [...new Set(ends.map((text) => text.trim()))].filter((text) => text !== value);
}

function valuesOf(template: QuestionTemplate, parameters: readonly VerifiedParameter[], captures: readonly string[]) {
  const found = parameters.map((parameter) => {
    const position = template.names.indexOf(parameter.name);
    const capture = captures[position] ?? '';
    const raw = bare(capture);
    const value = readValue(parameter.type, raw);
    const next = template.texts[position + 1]?.words ?? [];
    const plausible = parameter.type !== 'text' || isPlausibleText(raw, [parameter.name, ...next]);
    const orElse = parameter.column === undefined ? [] : withMarks(capture);
    return { name: parameter.name, type: parameter.type, value, plausible, orElse };
  });
  if (found.some(({ value }) => value === undefined)) return undefined;
  return found as FoundValue[];
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
