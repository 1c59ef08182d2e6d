export type DocumentFormat = 'markdown' | 'text';

/** A heading, or what stands under it without a blank line in between. */
export type DocumentBlock =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  /** `lines`: may be cut between lines alone: a list, a table, code. `head`: repeated over each part of a table. */
  | { readonly kind: 'prose' | 'lines'; readonly text: string; readonly head?: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ATX = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const UNDERLINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/;
const LIST = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;
/** The line under the head of a table, without its blanks. */
const TABLE_LINE = /^\|?:?-+:?(?:\|:?-+:?)*\|?$/;
/** Of a plain text: a short line by itself that counts, or says that it is a chapter, and is no sentence. */
const NUMBERED =
  /^(?:第[一二三四五六七八九十百千〇零\d]+[章节節部分篇条條]|[一二三四五六七八九十]+[、..]|\d{1,3}(?:\.\d{1,3})*[.)、]?\s+\S|(?:chapter|section|part|appendix|article)\s+[\divxlc]+\b)/iu;
const LONGEST_HEADING = 80;

/** What a document is made of, in its order. Markdown by the rules of CommonMark as far as they matter for cutting. */
export function blocksOf(text: string, format: DocumentFormat): DocumentBlock[] {
  const reader = new BlockReader(format);
  for (const line of text.split('\n')) reader.take(line);
  return reader.end();
}

class BlockReader {
  private readonly blocks: DocumentBlock[] = [];
  private lines: string[] = [];
  private fence?: string;
  private isComment = false;

  constructor(private readonly format: DocumentFormat) {}

  take(line: string): void {
    if (this.format === 'markdown' && this.isTakenApart(line)) return;
    if (this.isUnderline(line)) return this.headUnderlined(line);
    if (line.trim() === '') return this.close();
    if (this.format === 'markdown') {
      const [whole, marks] = ATX.exec(line) ?? [];
      if (whole && marks)
        return this.head(
          marks.length,
          line
            .slice(whole.length)
            .trim()
            .replace(/(?:^|[ \t])#+$/, ''),
        );
      if (RULE.test(line)) return this.close();
    }
    this.lines.push(line);
  }

  end(): DocumentBlock[] {
    this.close();
    return this.blocks;
  }

  /** Inside code nothing means anything, and comments are for nobody. */
  private isTakenApart(line: string): boolean {
    if (this.fence !== undefined) {
      this.lines.push(line);
      const [, marks] = FENCE.exec(line) ?? [];
      if (marks?.startsWith(this.fence) && line.trim() === marks) this.close();
      return true;
    }
    if (this.isComment) {
      this.isComment = !line.includes('-->');
      return true;
    }
    const [, opening] = FENCE.exec(line) ?? [];
    if (opening) {
      this.close();
      this.fence = opening;
      this.lines.push(line);
      return true;
    }
    if (!/^ {0,3}<!--/.test(line)) return false;
    this.isComment = !line.includes('-->');
    return true;
  }

  /** Under one to three lines of prose: a title. */
  private isUnderline(line: string): boolean {
    const { lines } = this;
    if (!UNDERLINE.test(line) || lines.length === 0 || lines.length > 3) return false;
    if (lines.some((each) => LIST.test(each) || each.includes('|'))) return false;
    return this.format === 'markdown' || lines.join(' ').length <= LONGEST_HEADING;
  }

  private headUnderlined(line: string): void {
    const text = this.lines.join(' ');
    this.lines = [];
    this.head(line.includes('=') ? 1 : 2, text);
  }

  private head(level: number, text: string): void {
    this.close();
    if (text.trim() !== '') this.blocks.push({ kind: 'heading', level, text: text.trim() });
  }

  private close(): void {
    const [lines, isCode] = [this.lines, this.fence !== undefined];
    this.lines = [];
    this.fence = undefined;
    if (lines.length === 0) return;
    const [only = ''] = lines;
    if (this.format === 'text' && lines.length === 1 && isNumberedHeading(only))
      return void this.blocks.push({ kind: 'heading', level: levelOf(only), text: only.trim() });
    const text = lines.join('\n');
    const isTable =
      lines.length > 1 &&
      lines[0]?.includes('|') === true &&
      TABLE_LINE.test((lines[1] ?? '').replaceAll(/[ \t]+/g, ''));
    if (isTable) this.blocks.push({ kind: 'lines', text, head: lines.slice(0, 2).join('\n') });
    else this.blocks.push({ kind: isCode || lines.every((line) => LIST.test(line)) ? 'lines' : 'prose', text });
  }
}

function isNumberedHeading(line: string): boolean {
  const text = line.trim();
  return text.length <= LONGEST_HEADING && NUMBERED.test(text) && !/[.。!!??;;::,,]$/u.test(text);
}

/** "2.1 Refunds" stands under "2 Orders"; 一、under 第一章. */
function levelOf(heading: string): number {
  const [number] = /^\d+(?:\.\d+)*/.exec(heading.trim()) ?? [];
  if (number) return 1 + number.split('.').length;
  return /^[一二三四五六七八九十]/u.test(heading.trim()) ? 2 : 1;
}
