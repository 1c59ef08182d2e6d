import { blocksOf, type DocumentBlock, type DocumentFormat } from './document-blocks';
import { languageOf } from './language';
import { passagesOf } from './passages';

/** A part of a document that speaks about one thing, with the headings that it stands under, the outermost first. */
export interface DocumentPassage {
  readonly headings: readonly string[];
  readonly content: string;
}

export interface ReadDocument {
  /** What it calls itself: in its front matter, else its first heading of the first level. */
  readonly title: string | null;
  readonly passages: readonly DocumentPassage[];
}

/** In letters; a character of a script that writes words in one or two of them counts twice. */
const WANTED = 700;
const MOST = 1200;
/** After these a stop ends no sentence. */
const ABBREVIATED = /(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|St|Nr|No|Fig|vs|bzw|ca|z\.\s?B|d\.\s?h|e\.g|i\.e|\p{Lu})\.\s*$/u;
/** Characters that are looked at together. */
const WINDOW = 1500;

/**
 * Cuts a document at headings and paragraphs. Short paragraphs under one heading go together, long ones are cut at
 * sentences of their language, lists, tables and code at lines. The same text gives the same passages.
 */
export function readDocument(text: string, format: DocumentFormat): ReadDocument {
  const plain = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const { body, title: named } = format === 'markdown' ? withoutFrontMatter(plain) : { body: plain, title: null };
  const passages: DocumentPassage[] = [];
  let headings: { readonly level: number; readonly text: string }[] = [];
  let first: string | null = null;
  let pending: string[] = [];
  const flush = () => {
    const content = pending.join('\n\n');
    if (content !== '') passages.push({ headings: headings.map((each) => each.text), content });
    pending = [];
  };
  for (const block of blocksOf(body, format)) {
    if (block.kind === 'heading') {
      flush();
      headings = [...headings.filter(({ level }) => level < block.level), block];
      if (block.level === 1) first ??= block.text;
      continue;
    }
    for (const piece of piecesOf(block)) {
      const width = pending.reduce((sum, each) => sum + widthOf(each), 0);
      if (pending.length > 0 && width + widthOf(piece) > WANTED) flush();
      pending.push(piece);
    }
  }
  flush();
  return { title: named ?? first, passages };
}

function withoutFrontMatter(text: string): { body: string; title: string | null } {
  const found = /^---[ \t]*\n((?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text);
  if (!found || !/^[\w-]+[ \t]*:/m.test(found[1] ?? '')) return { body: text, title: null };
  const [, title] = /^title[ \t]*:(.*)$/im.exec(found[1] ?? '') ?? [];
  return { body: text.slice(found[0].length), title: title?.trim().replace(/^(["'])(.*)\1$/, '$2') || null };
}

function piecesOf(block: Exclude<DocumentBlock, { kind: 'heading' }>): string[] {
  const text = block.text.trimEnd();
  if (widthOf(text) <= MOST) return [text];
  if (block.kind === 'prose') return joined(sentencesOf(text), '');
  const { head } = block;
  const parts = joined(text.split('\n').flatMap(whole), '\n');
  return head === undefined ? parts : parts.map((part) => (part.startsWith(head) ? part : `${head}\n${part}`));
}

/** By the rules of the text's own language, as far as its letters tell it. */
function sentencesOf(text: string): string[] {
  const segmenter = new Intl.Segmenter(languageOf(text.slice(0, WINDOW)) ?? 'en', { granularity: 'sentence' });
  const sentences: string[] = [];
  // In windows: with each segment V8 hands out a copy of all that it looks at.
  for (let start = 0; start < text.length;) {
    const window = text.slice(start, start + WINDOW);
    const isLast = start + WINDOW >= text.length;
    const segments = [...segmenter.segment(window)].map(({ segment }) => segment);
    // The last one may go on behind the window.
    const ended = isLast || segments.length === 1 ? segments : segments.slice(0, -1);
    for (const segment of ended) {
      const last = sentences.at(-1);
      if (last !== undefined && last.length < MOST && ABBREVIATED.test(last.slice(-12)))
        sentences[sentences.length - 1] = last + segment;
      else sentences.push(segment);
      start += segment.length;
    }
  }
  return sentences.flatMap(whole);
}

/** One that is too long by itself is cut where it can be. */
function whole(text: string): string[] {
  if (widthOf(text) <= MOST) return [text];
  return passagesOf(text).map(({ start, end }) => text.slice(start, end));
}

/** Neighbours go together as long as they fit. */
function joined(parts: readonly string[], between: string): string[] {
  const groups: string[][] = [];
  let width = 0;
  for (const part of parts) {
    const own = widthOf(part);
    const group = groups.at(-1);
    const fits = group !== undefined && width + own <= WANTED;
    if (fits) group.push(part);
    else groups.push([part]);
    width = (fits ? width : 0) + own + between.length;
  }
  return groups.map((group) => group.join(between).trim()).filter((piece) => piece !== '');
}

function widthOf(text: string): number {
  let width = text.length;
  for (let at = 0; at < text.length; at++) if (isWide(text.charCodeAt(at))) width++;
  return width;
}

/** Chinese, Japanese, Korean. */
function isWide(unit: number): boolean {
  return (unit >= 0x3040 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7af) || (unit >= 0xf900 && unit <= 0xfaff);
}
