import { foldLetters } from '@memori/text';

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const UNITS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{N}\p{M}])+/gu;
/** Words, or characters without blanks, of the longest alias that is looked for. */
const MOST_UNITS = 10;
/** Of a long text its beginning. */
const MOST_READ = 1000;

/**
 * The tables whose alias stands in a question as a whole. Its words alone would not tell 国家, which a table is called, from
 * the 国家代码 that many columns are called.
 */
export class WholeAliases {
  private readonly tables = new Map<string, number[]>();

  constructor(aliases: readonly (readonly string[])[]) {
    aliases.forEach((names, table) => {
      for (const form of new Set(names.map(unitsOf).filter(isTelling).map(formOf)))
        this.tables.set(form, [...(this.tables.get(form) ?? []), table]);
    });
  }

  /** The numbers of the tables that are named. */
  named(question: string): Set<number> {
    if (this.tables.size === 0) return new Set();
    const units = unitsOf(question.slice(0, MOST_READ));
    const found = new Set<number>();
    for (let from = 0; from < units.length; from++)
      for (let to = from + 1; to <= Math.min(units.length, from + MOST_UNITS); to++)
        for (const table of this.tables.get(formOf(units.slice(from, to))) ?? []) found.add(table);
    return found;
  }
}

function unitsOf(text: string): string[] {
  return foldLetters(text.normalize('NFKC')).match(UNITS) ?? [];
}

function formOf(units: readonly string[]): string {
  return units.join(' ');
}

/** A single character, or two letters, stand in too many words. */
function isTelling(units: readonly string[]): boolean {
  const [first = ''] = units;
  return units.length > 1 || (!UNSPACED.test(first) && first.length > 2);
}
