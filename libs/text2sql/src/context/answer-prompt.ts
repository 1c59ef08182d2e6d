import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { RecallItem } from '@memori/memory';
import type { Turn } from '@memori/session';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { FoundValue } from '../values/find-values';
import type { GlossaryExcerpt, GlossaryWord } from '../glossary/glossary-book';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import type { VerifiedQuery } from '../verified-query/verified-query';
import { languageInstruction, nowFor } from './asker';
import {
  exampleLine,
  type Line,
  memoryLine,
  ruleLine,
  type SessionGist,
  summaryLine,
  turnLine,
  wordLine,
} from './conversation-part';
import { type PromptMeter, sumTokens, takeWithin } from './prompt-meter';
import { periodLines } from './period-lines';
import { quoted } from './quoted';
import { linkedSchema, type SchemaPart, wholeSchema } from './schema-part';
import { valueLines, type ValueNote } from './values-part';

/** What the prompt of a second candidate says beside what that of the first one did. */
export const SECOND_LOOK =
  'This is an independent second look: choose tables, joins, filters and grouping afresh, by the schema.';

/** Whether a request asks for a second candidate, by the messages that were sent. */
export function isSecondLook(messages: readonly { readonly content: readonly { readonly text: string }[] }[]): boolean {
  const first = messages[0]?.content ?? [];
  return first.slice(0, -1).some(({ text }) => text.includes(SECOND_LOOK));
}

const RULES = readFileSync(join(__dirname, 'prompts', 'answer-rules.md'), 'utf8').trim();

/** To be raised when the layout below changes what a model would answer: stored answers of the former one are not served. */
const LAYOUT = 1;

/** What every prompt of this version of Memori has in common. */
export const PROMPT_VERSION = createHash('sha256').update(`${LAYOUT}\n${RULES}`).digest('hex');

/** Everything that may enter the prompt of one question. */
export interface PromptMaterial {
  readonly catalog: Catalog;
  readonly dataSource: { readonly name: string; readonly description: string | null };
  /** Tables by relevance; asked for only when the whole schema does not fit. */
  readonly byRelevance: () => readonly CatalogTable[];
  /** Stored values that the question may speak of, of these tables alone; the surest first. */
  readonly valuesIn: (tables: readonly CatalogTable[]) => readonly FoundValue[];
  readonly question: string;
  readonly now: Date;
  readonly timeZone: string;
  readonly language: string | undefined;
  /** The last turns of the session, oldest first. */
  readonly history: readonly Turn[];
  /** What was said before them, in short; absent where nothing was. */
  readonly summary?: SessionGist;
  readonly recalled: readonly RecallItem[];
  /** The rules of the data source, and the words that the question or the session speaks of. */
  readonly glossary: GlossaryExcerpt;
  /** Verified queries, the nearest first. */
  readonly examples: readonly VerifiedQuery[];
  /** All of them in an order of their own, where they are few: the same for every question, so they can be cached. */
  readonly wholeBook: readonly VerifiedQuery[];
  readonly repliedTo: { readonly question: string; readonly clarification: string } | undefined;
  readonly rounds: readonly { readonly reply: string; readonly complaint: string }[];
  /** Asked once more, for a second candidate. */
  readonly isSecondLook?: boolean;
}

export interface PromptBlock {
  text: string;
  cache?: '5m';
}

export interface PromptMessage {
  role: 'user' | 'assistant';
  content: PromptBlock[];
}

/** What went into a prompt and why, and what did not: names, ids, and the values that were found; no other text. */
export interface ContextAccount {
  readonly parts: readonly { part: string; tokens: number; reason: string; items?: readonly string[] }[];
  readonly leftOut: readonly { part: string; reason: string; items: readonly string[] }[];
  readonly estimatedTokens: number;
  readonly limit: number;
  /** Which model it is for, and why that one. */
  readonly model?: { readonly id: string; readonly reason: string; readonly signs: readonly string[] };
  /** Where the answer was uncertain: whether another candidate was asked for, and what came of it. */
  readonly secondCandidate?: SecondCandidateNote;
}

export interface SecondCandidateNote {
  /** Signs of uncertainty. */
  readonly because: readonly string[];
  /** `too-dear`, `cut-off`: none was asked for. `no-result`: it gave nothing to compare. */
  readonly outcome: 'agreed' | 'disagreed' | 'no-result' | 'too-dear' | 'cut-off';
  /** Who was asked. */
  readonly model?: string;
  /** Which of the two is the answer. */
  readonly taken?: 'first' | 'second';
}

export interface AnswerPrompt {
  readonly system: PromptBlock[];
  readonly messages: PromptMessage[];
  readonly memories: readonly RecallItem[];
  readonly account: ContextAccount;
}

/** Lays out the prompt: what stays the same first, then what belongs to the asker, last of all the question alone. */
export function answerPrompt(material: PromptMaterial, meter: PromptMeter): AnswerPrompt {
  const head = headText(material);
  const rounds = material.rounds.flatMap(({ reply, complaint }) => [reply, complaint, material.question]);
  const fixed = [
    RULES,
    head,
    material.question,
    FRAMES,
    ...(material.isSecondLook ? [SECOND_LOOK] : []),
    ...rounds,
  ].reduce((sum, text) => sum + meter.tokens(text), 0);
  const room = meter.limit - fixed - meter.overhead(1 + 2 * material.rounds.length);
  const chosen = choose(material, room, meter);
  const account = accountOf(material, chosen, fixed + meter.overhead(1 + 2 * material.rounds.length), meter);
  return {
    system: systemBlocks(material, chosen),
    messages: messagesOf(material, head + contextText(material, chosen)),
    memories: [...chosen.standing.taken, ...chosen.recalled.taken].map(({ item }) => item),
    account,
  };
}

interface Taken<T> {
  readonly taken: Line<T>[];
  readonly left: Line<T>[];
}

interface Chosen {
  readonly schema: SchemaPart;
  readonly rules: Taken<GlossaryEntry>;
  readonly words: Taken<GlossaryWord>;
  readonly standing: Taken<RecallItem>;
  readonly lastExchange: Taken<Turn>;
  readonly earlier: Taken<Turn>;
  readonly summary: Taken<SessionGist>;
  readonly recalled: Taken<RecallItem>;
  readonly examples: Taken<VerifiedQuery> & { readonly isWholeBook: boolean };
  readonly values: Taken<ValueNote>;
}

const FRAMES =
  '<schema data-source="" dialect="postgresql">\n</schema>\n<rules>\nOf this database, by its curators:\n</rules>\n<examples>\n</examples>\n<context>\nWords of this database, by its curators:\nStanding rules and preferences:\nRecalled:\nStored values, as they are spelt in the data:\nLong before in this session, in short:\nEarlier in this session, oldest first:\n</context>\n';
/** Shares of the room that the parts may take at most; what they leave is the schema's. */
const SHARE = {
  rules: 0.1,
  words: 0.1,
  standing: 0.2,
  lastExchange: 0.2,
  earlier: 0.1,
  summary: 0.08,
  recalled: 0.1,
  examples: 0.1,
  values: 0.08,
};

function choose(material: PromptMaterial, room: number, meter: PromptMeter): Chosen {
  const memories = material.recalled.map((item) => memoryLine(item, meter));
  const standing = takeWithin(
    memories.filter(({ item }) => item.always),
    room * SHARE.standing,
  );
  const rules = takeWithin(
    material.glossary.rules.map((rule) => ruleLine(rule, meter)),
    room * SHARE.rules,
  );
  const words = takeWithin(
    material.glossary.words.map((word) => wordLine(word, meter)),
    room * SHARE.words,
  );
  const turns = material.history.map((turn) => turnLine(turn, meter)).reverse();
  const lastExchange = takeWithin(turns.slice(0, 2), room * SHARE.lastExchange);
  const musts = [rules, words, standing, lastExchange].reduce((sum, { taken }) => sum + sumTokens(taken), 0);
  const afterMusts = room - musts;
  const whole = wholeSchema(material.catalog, meter);
  const fits = whole.tokens <= afterMusts;
  // The whole schema matters more than anything optional; a linked one shares its room.
  let free = fits ? afterMusts - whole.tokens : afterMusts * 0.3;
  const optional = <T>(lines: Line<T>[], share: number): Taken<T> => {
    const result = takeWithin(lines, Math.min(free, room * share));
    free -= sumTokens(result.taken);
    return result;
  };
  const relevant = fits ? material.catalog.tables : material.byRelevance();
  const found = material.valuesIn(relevant);
  // What can be cached comes first: whether it goes in must not depend on what was recalled for this question.
  const book = material.wholeBook.map((query) => exampleLine(query, meter));
  const isWholeBook = fits && book.length > 0 && sumTokens(book) <= Math.min(free, room * SHARE.examples);
  if (isWholeBook) free -= sumTokens(book);
  const values = optional(valueLines(material.catalog, found, meter), SHARE.values);
  const recalled = optional(
    memories.filter(({ item }) => !item.always),
    SHARE.recalled,
  );
  const nearest = material.examples.map((query) => exampleLine(query, meter));
  const examples = isWholeBook
    ? { taken: book, left: [], isWholeBook }
    : { ...optional(nearest, SHARE.examples), isWholeBook };
  const earlier = optional(turns.slice(2), SHARE.earlier);
  const summary = optional(material.summary ? [summaryLine(material.summary, meter)] : [], SHARE.summary);
  const others = [values, recalled, examples, earlier, summary].reduce((sum, { taken }) => sum + sumTokens(taken), 0);
  const schema = fits ? whole : linkedSchema(material.catalog, relevant, material.question, afterMusts - others, meter);
  return {
    schema,
    rules,
    words,
    standing,
    lastExchange,
    earlier,
    summary,
    recalled,
    examples,
    values: ofShown(values, schema),
  };
}

/** A table that found no room is not to be asked for by its values. */
function ofShown({ taken, left }: Taken<ValueNote>, { shown }: SchemaPart): Taken<ValueNote> {
  const names = new Set(shown);
  const isShown = ({ item }: Line<ValueNote>) => item.tables.some((table) => names.has(table));
  return { taken: taken.filter(isShown), left: left.filter(isShown) };
}

function systemBlocks(material: PromptMaterial, { schema, rules, examples }: Chosen): PromptBlock[] {
  const { name, description } = material.dataSource;
  const about = description ? `-- ${quoted(description, 2000)}\n` : '';
  const schemaText = `<schema data-source=${quoted(name)} dialect="postgresql">\n${about}${schema.text}\n</schema>`;
  const ruleText = linesIn('rules', 'Of this database, by its curators:', rules.taken);
  // Whatever is the same for every user and question of this version of the schema is cached, part by part: the rules serve
  // other data sources too. What was picked for this question will not be asked for again: caching it would only cost.
  const blocks: PromptBlock[] = [{ text: RULES, cache: '5m' }, block(schemaText + ruleText, schema.isWhole)];
  if (examples.taken.length > 0) {
    const lines = examples.taken.map(({ text }) => text).join('\n');
    const text = `<examples>\nVerified by people who know this database ($1, $2 … stand for values):\n${lines}\n</examples>`;
    blocks.push(block(text, examples.isWholeBook));
  }
  return blocks;
}

function linesIn(tag: string, title: string, lines: readonly Line<unknown>[]): string {
  return lines.length > 0 ? `\n<${tag}>\n${[title, ...lines.map(({ text }) => text)].join('\n')}\n</${tag}>` : '';
}

function block(text: string, isCached: boolean): PromptBlock {
  return isCached ? { text, cache: '5m' } : { text };
}

function headText({ now, timeZone, question, language }: PromptMaterial): string {
  const periods = periodLines(question, now, timeZone);
  return `It is ${nowFor(now, timeZone)}.\n${periods}${languageInstruction(question, language)}\n`;
}

function contextText({ repliedTo, isSecondLook = false }: PromptMaterial, chosen: Chosen): string {
  const sections = [
    section('Words of this database, by its curators:', chosen.words.taken),
    section('Standing rules and preferences:', chosen.standing.taken),
    section('Recalled:', chosen.recalled.taken),
    section('Stored values, as they are spelt in the data:', chosen.values.taken),
    section('Long before in this session, in short:', chosen.summary.taken),
    section(
      'Earlier in this session, oldest first:',
      [...chosen.earlier.taken].reverse(),
      [...chosen.lastExchange.taken].reverse(),
    ),
    repliedTo
      ? `The question is the answer to your clarification ${quoted(repliedTo.clarification, 1000)}, which you asked about ${quoted(repliedTo.question, 4000)}.`
      : '',
  ].filter((text) => text !== '');
  const context = sections.length > 0 ? `<context>\n${sections.join('\n')}\n</context>\n` : '';
  return isSecondLook ? `${context}${SECOND_LOOK}\n` : context;
}

function section(title: string, ...lines: Line<unknown>[][]): string {
  const texts = lines.flat().map(({ text }) => text);
  return texts.length > 0 ? [title, ...texts].join('\n') : '';
}

/** In every user message the question stands in the last block, alone and byte for byte. */
function messagesOf({ question, rounds }: PromptMaterial, context: string): PromptMessage[] {
  const messages: PromptMessage[] = [{ role: 'user', content: [{ text: context }, { text: question }] }];
  for (const { reply, complaint } of rounds) {
    messages.push({ role: 'assistant', content: [{ text: reply }] });
    messages.push({ role: 'user', content: [{ text: complaint }, { text: question }] });
  }
  return messages;
}

function accountOf(material: PromptMaterial, chosen: Chosen, fixedTokens: number, meter: PromptMeter): ContextAccount {
  const { schema } = chosen;
  const labels = (lines: readonly Line<ValueNote>[]) => lines.map(({ item }) => item.label);
  const ids = (lines: readonly Line<{ id: string }>[]) => lines.map(({ item }) => item.id);
  const namesOf = (lines: readonly Line<GlossaryWord>[]) => lines.map(({ item }) => item.entry.name ?? '');
  const parts = [
    { part: 'rules-and-question', tokens: fixedTokens, reason: 'always' },
    {
      part: 'schema',
      tokens: schema.tokens,
      reason: schema.isWhole ? 'the whole schema fits' : `the tables nearest to the question, ${schema.detail}`,
      items: schema.shown,
    },
    {
      part: 'glossary-rules',
      tokens: sumTokens(chosen.rules.taken),
      reason: 'rules of the data source, always',
      items: ids(chosen.rules.taken),
    },
    {
      part: 'glossary',
      tokens: sumTokens(chosen.words.taken),
      reason: 'terms and metrics that the question or the session mentions',
      items: namesOf(chosen.words.taken),
    },
    {
      part: 'standing-rules',
      tokens: sumTokens(chosen.standing.taken),
      reason: 'always',
      items: ids(chosen.standing.taken),
    },
    {
      part: 'memories',
      tokens: sumTokens(chosen.recalled.taken),
      reason: 'recalled for the question',
      items: ids(chosen.recalled.taken),
    },
    {
      part: 'history',
      tokens: sumTokens([...chosen.lastExchange.taken, ...chosen.earlier.taken]),
      reason: 'the last turns of the session',
      items: ids([...chosen.lastExchange.taken, ...chosen.earlier.taken]),
    },
    {
      part: 'summary',
      tokens: sumTokens(chosen.summary.taken),
      reason: 'the turns before those, in short',
      items: ids(chosen.summary.taken),
    },
    {
      part: 'values',
      tokens: sumTokens(chosen.values.taken),
      reason: 'stored values that words of the question match',
      items: labels(chosen.values.taken),
    },
    {
      part: 'examples',
      tokens: sumTokens(chosen.examples.taken),
      reason: chosen.examples.isWholeBook ? 'all verified queries fit' : 'verified queries nearest to the question',
      items: ids(chosen.examples.taken),
    },
  ].filter(({ tokens }) => tokens > 0);
  const left = [
    { part: 'schema', items: schema.leftOut },
    { part: 'glossary-rules', items: ids(chosen.rules.left) },
    { part: 'glossary', items: namesOf(chosen.words.left) },
    { part: 'standing-rules', items: ids(chosen.standing.left) },
    { part: 'memories', items: ids(chosen.recalled.left) },
    { part: 'values', items: labels(chosen.values.left) },
    { part: 'history', items: ids([...chosen.lastExchange.left, ...chosen.earlier.left]) },
    { part: 'summary', items: ids(chosen.summary.left) },
    { part: 'examples', items: ids(chosen.examples.left) },
  ].filter(({ items }) => items.length > 0);
  return {
    parts,
    leftOut: left.map((entry) => ({ ...entry, reason: 'the token limit of a request' })),
    estimatedTokens: Math.ceil(parts.reduce((sum, { tokens }) => sum + tokens, 0)),
    limit: meter.limit,
  };
}
