import { languageOf, splitIdentifier } from '@memori/text';
import type { Catalog, CatalogColumn } from '../data-source/catalog';
import { tablesNamedIn } from '../context/tables-named-in';

/** A comment that is longer describes, it does not name. */
const MOST_COMMENT = 40;

export interface Labelled {
  readonly name: string;
  readonly type: string;
  /** The name of the column for people. */
  readonly label?: string;
}

/**
 * Names for people, in the language of the answer: what people call the column (aliases, or a comment that is as short
 * as a name) where that tells its language by its letters, else the words of its name. `language` is that of the
 * answer as far as it is known; Latin letters are meant when it is not.
 */
export function withLabels<C extends { readonly name: string; readonly type: string }>(
  columns: readonly C[],
  {
    sql,
    catalog,
    language,
  }: { readonly sql: string; readonly catalog: Catalog; readonly language: string | undefined },
): (C & Labelled)[] {
  const known = tablesNamedIn(sql, catalog).flatMap((table) => table.columns);
  return columns.map((column) => {
    const label = labelOf(column.name, known, language);
    return label === undefined ? column : { ...column, label };
  });
}

/** `zh` of `zh-Hant-TW`; undefined for languages that share the Latin letters, which no text tells apart. */
export function scriptLanguage(question: string, language: string | undefined): string | undefined {
  if (language === undefined) return languageOf(question);
  const sample = SAMPLES[new Intl.Locale(language).language];
  return sample && languageOf(sample);
}

/** A word in the letters of each language that has letters of its own. */
const SAMPLES: Readonly<Record<string, string>> = {
  zh: '中文',
  ja: 'にほんご',
  ko: '한국어',
  ru: 'русский',
  uk: 'українська',
  bg: 'български',
  sr: 'српски',
  ar: 'العربية',
  fa: 'فارسی',
  ur: 'اردو',
  he: 'עברית',
  th: 'ไทย',
  el: 'ελληνικά',
  hi: 'हिन्दी',
};

function labelOf(name: string, known: readonly CatalogColumn[], language: string | undefined): string | undefined {
  if (languageOf(name) === language) return wordsOf(name);
  const called = new Set(known.filter((column) => column.name === name).map((column) => nameIn(column, language)));
  // Two tables that call it differently tell nothing.
  const [only] = called.size === 1 ? called : [];
  return only ?? wordsOf(name);
}

function nameIn({ aliases = [], comment }: CatalogColumn, language: string | undefined): string | undefined {
  const short = comment !== null && [...comment].length <= MOST_COMMENT && !comment.includes('\n') ? [comment] : [];
  return [...aliases, ...short].find((text) => /\p{L}/u.test(text) && languageOf(text) === language);
}

/** `net_revenue` → `Net revenue`. Undefined for `?column?`, which PostgreSQL calls what has no name. */
function wordsOf(name: string): string | undefined {
  if (name === '?column?') return undefined;
  if (/\s/.test(name)) return name.trim() || undefined;
  const words = splitIdentifier(name)
    .map((word) => (/^id$/i.test(word) ? 'ID' : /^\p{Lu}\p{Ll}+$/u.test(word) ? word.toLowerCase() : word))
    .join(' ');
  return words === '' ? undefined : words.replace(/^\p{L}/u, (letter) => letter.toUpperCase());
}
