import { languageOf, splitIdentifier } from '@memori/text';
import { tablesNamedIn } from '../context/tables-named-in';
import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import { mentionForm } from '../glossary/mentions';
import type { Meaning, Output, OutputColumn } from '../guard/output-columns';
import { type LabelWords, operationLabel, wordsIn } from './label-words';

/** A comment that is longer describes, it does not name. */
const MOST_COMMENT = 40;
/** A column of a subquery of a subquery … */
const MOST_DEPTH = 5;

export interface Labelled {
  readonly name: string;
  readonly type: string;
  /** The name of the column for people. */
  readonly label?: string;
}

/** A metric of the glossary with the shape of its expression. */
export interface NamedMetric {
  readonly entry: Pick<GlossaryEntry, 'name' | 'synonyms'>;
  readonly shape: string | undefined;
}

export interface LabelFacts {
  readonly sql: string;
  readonly catalog: Catalog;
  /** What the SQL gives out; undefined where nobody read its tree. */
  readonly output?: Output;
  readonly metrics?: readonly NamedMetric[];
  /** Of the answer, as far as its letters tell: Latin letters are meant when it is undefined. */
  readonly language: string | undefined;
  /** As it was asked for, a BCP 47 tag. */
  readonly tag?: string;
}

/**
 * Names for people, in the language of the answer, the first of: the metric that the column computes; an alias of the SQL that
 * is in the language already; what people call the column that it is (aliases, or a comment as short as a name); what it
 * computes, in words; the words of its name.
 */
export function withLabels<C extends { readonly name: string; readonly type: string }>(
  columns: readonly C[],
  facts: LabelFacts,
): (C & Labelled)[] {
  const labels = new Labels(facts);
  return columns.map((column, at) => {
    const label = labels.of(column.name, outputAt(facts.output, columns, at));
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

/** By place where no star hides how many columns there are, else by name. */
function outputAt(output: Output | undefined, columns: readonly { readonly name: string }[], at: number) {
  const placed = output?.columns?.length === columns.length ? output.columns[at] : undefined;
  return placed ?? output?.named.get(columns[at]?.name ?? '');
}

class Labels {
  private readonly tables: readonly CatalogTable[];
  private readonly words: LabelWords | undefined;

  constructor(private readonly facts: LabelFacts) {
    this.tables = tablesNamedIn(facts.sql, facts.catalog);
    this.words = wordsIn(facts.tag ?? facts.language);
  }

  of(name: string, output: OutputColumn | undefined): string | undefined {
    const isName = output === undefined || output.hasAlias || output.meaning?.kind === 'column';
    return (
      this.metricLabel(name, output) ??
      (isName && this.isInLanguage(name) ? wordsOf(name) : undefined) ??
      this.described(output?.meaning) ??
      this.nameOfColumn(name) ??
      wordsOf(name)
    );
  }

  private isInLanguage(text: string): boolean {
    return languageOf(text) === this.facts.language;
  }

  /** Of the metric whose expression it is, or by whose name it goes. */
  private metricLabel(name: string, output: OutputColumn | undefined): string | undefined {
    const form = mentionForm(splitIdentifier(name).join(' '));
    const metric = this.facts.metrics?.find(
      ({ entry, shape }) =>
        (shape !== undefined && shape === output?.shape) ||
        (form !== '' && [entry.name ?? '', ...entry.synonyms].some((each) => mentionForm(each) === form)),
    );
    const names = metric ? [metric.entry.name ?? '', ...metric.entry.synonyms] : [];
    return names.find((each) => /\p{L}/u.test(each) && this.isInLanguage(each));
  }

  /** Undefined where it has no words, or none in this language. */
  private described(meaning: Meaning | undefined, depth = 0): string | undefined {
    if (!meaning || depth > MOST_DEPTH) return undefined;
    switch (meaning.kind) {
      case 'column':
        return this.nameOfColumn(meaning.name, meaning.table) ?? this.described(this.behind(meaning), depth + 1);
      case 'period':
        return this.words?.periods[meaning.unit];
      case 'call':
        return this.words?.call(meaning.name, this.thingOf(meaning, depth), meaning.isDistinct)?.trim();
      case 'operation': {
        const [one, other] = meaning.sides.map((side) => this.described(side, depth + 1) ?? this.plain(side));
        return one && other && this.words ? operationLabel(meaning, one, other) : undefined;
      }
    }
  }

  /** What is counted, summed up, and so on: rows are called by their table. */
  private thingOf({ name, of }: Extract<Meaning, { kind: 'call' }>, depth: number): string | undefined {
    if (of === undefined) return name === 'count' ? this.nameOfOnlyTable() : undefined;
    if (name === 'count' && of.kind === 'column' && this.isKey(of)) {
      const table = this.tableOf(of);
      return (table && this.nameOfTable(table)) ?? this.nameOfOnlyTable();
    }
    return this.described(of, depth + 1) ?? this.plain(of);
  }

  /** A column that no table has is one of a subquery, which may say what it is. */
  private behind({ name }: Extract<Meaning, { kind: 'column' }>): Meaning | undefined {
    if (this.columnsNamed(name).length > 0) return undefined;
    const meaning = this.facts.output?.named.get(name)?.meaning;
    return meaning?.kind === 'column' && meaning.name === name ? undefined : meaning;
  }

  /** In the words of its own language, for want of better ones. */
  private plain(meaning: Meaning): string | undefined {
    return meaning.kind === 'column' ? wordsOf(meaning.name) : undefined;
  }

  private nameOfColumn(name: string, alias?: string): string | undefined {
    const columns = this.columnsNamed(name, alias);
    if (columns.length > 0 && this.isInLanguage(name)) return wordsOf(name);
    const called = new Set(columns.map((column) => this.nameIn(column)));
    // Two tables that call it differently tell nothing.
    const [only] = called.size === 1 ? called : [];
    return only;
  }

  private columnsNamed(name: string, alias?: string): CatalogColumn[] {
    const table = alias === undefined ? undefined : (this.facts.output?.tables.get(alias) ?? alias);
    const among = this.tables.filter((each) => table === undefined || each.name === table);
    return among.flatMap(({ columns }) => columns.filter((column) => column.name === name));
  }

  private nameIn({ aliases = [], comment }: CatalogColumn): string | undefined {
    const short = comment !== null && [...comment].length <= MOST_COMMENT && !comment.includes('\n') ? [comment] : [];
    return [...aliases, ...short].find((text) => /\p{L}/u.test(text) && this.isInLanguage(text));
  }

  private isKey(column: Extract<Meaning, { kind: 'column' }>): boolean {
    const { primaryKey = [] } = this.tableOf(column) ?? {};
    return primaryKey.length === 1 && primaryKey[0] === column.name;
  }

  private tableOf({ name, table: alias }: Extract<Meaning, { kind: 'column' }>): CatalogTable | undefined {
    const table = alias === undefined ? undefined : (this.facts.output?.tables.get(alias) ?? alias);
    const having = this.tables.filter(
      (each) => (table === undefined || each.name === table) && each.columns.some((column) => column.name === name),
    );
    return having.length === 1 ? having[0] : undefined;
  }

  /** Of a statement that reads one table only. */
  private nameOfOnlyTable(): string | undefined {
    const names = new Set(this.facts.output?.tables.values());
    const [name] = names.size === 1 ? names : [];
    const named = this.tables.filter((table) => table.name === name);
    return named[0] && named.length === 1 ? this.nameOfTable(named[0]) : undefined;
  }

  private nameOfTable({ name, aliases = [] }: CatalogTable): string | undefined {
    const called = this.isInLanguage(name)
      ? wordsOf(name)
      : aliases.find((text) => /\p{L}/u.test(text) && this.isInLanguage(text));
    return called && this.words?.rows(called);
  }
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
