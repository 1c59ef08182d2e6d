import { InputError, type InputRecord } from '@memori/golds';
import type { Catalog, StoredAlias } from '@memori/text2sql';
import { meanOf, share } from './intervals';
import type { Findings } from './report';

/**
 * Records `{ schema, table, aliases?: […], columns?: { name: […] } }` as the alias job would have stored them. A record
 * that is not so is an InputError.
 */
export function aliasRecords(records: readonly InputRecord[]): StoredAlias[] {
  return records.flatMap(({ fields, place }) => {
    const { schema, table, aliases = [], columns = {} } = fields;
    if (typeof schema !== 'string' || typeof table !== 'string')
      throw new InputError(`${place}: "schema" and "table" are to be names.`);
    if (typeof columns !== 'object' || columns === null || Array.isArray(columns))
      throw new InputError(`${place}: "columns" is to be an object of lists of names.`);
    const places: [column: string, aliases: unknown][] = [['', aliases], ...Object.entries(columns)];
    return places.flatMap(([column, listed]) => {
      const names = namesIn(listed, column === '' ? 'aliases' : column, place);
      return names.length > 0 ? [{ schema, table, column, aliases: names }] : [];
    });
  });
}

function namesIn(value: unknown, name: string, place: string): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' && each.trim() !== '')) return value;
  throw new InputError(`${place}: "${name}" is to be a list of names.`);
}

/** What aliases did for one question. */
export interface AliasEffect {
  /** Aliases of the gold's tables, and of the columns of these, that stand in the question as they are. */
  readonly ofTables: readonly string[];
  readonly ofColumns: readonly string[];
  /** What is found in the same run without any alias. */
  readonly without: { readonly strictAt5: boolean; readonly strictAt10: boolean; readonly recall: number };
}

/** The aliases of the named tables that a question uses literally; `gold` are names `schema.table`. */
export function aliasesUsed(
  question: string,
  gold: ReadonlySet<string>,
  { tables }: Catalog,
): Pick<AliasEffect, 'ofTables' | 'ofColumns'> {
  const text = folded(question);
  const used = (aliases: readonly string[] | undefined) => (aliases ?? []).filter((alias) => standsIn(text, alias));
  const own = tables.filter(({ schema, name }) => gold.has(`${schema}.${name}`));
  return {
    ofTables: [...new Set(own.flatMap(({ aliases }) => used(aliases)))],
    ofColumns: [...new Set(own.flatMap(({ columns }) => columns.flatMap(({ aliases }) => used(aliases))))],
  };
}

/** Chinese is written without blanks; where letters or digits end an alias, a word has to end as well. */
function standsIn(text: string, alias: string): boolean {
  const name = folded(alias).replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const edge = String.raw`[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}_]`;
  const before = new RegExp(`^${edge}`, 'u').test(name) ? `(?<!${edge})` : '';
  const after = new RegExp(`${edge}$`, 'u').test(name) ? `(?!${edge})` : '';
  return new RegExp(`${before}${name}${after}`, 'u').test(text);
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** How much of what is found is owed to aliases, and what is found for questions that hold none of them as it is. */
export function aliasMetrics(
  judged: readonly { readonly ok: boolean; readonly effect: AliasEffect }[],
): Findings['metrics'] {
  const noTableAlias = judged.filter(({ effect }) => effect.ofTables.length === 0);
  const noAlias = noTableAlias.filter(({ effect }) => effect.ofColumns.length === 0);
  const sharing = <T>(all: readonly T[], is: (one: T) => boolean) => share(all.filter(is).length, all.length);
  return {
    strictRecallAt5WithoutAliases: sharing(judged, ({ effect }) => effect.without.strictAt5),
    strictRecallAt10WithoutAliases: sharing(judged, ({ effect }) => effect.without.strictAt10),
    recallAt10WithoutAliases: meanOf(judged.map(({ effect }) => effect.without.recall)),
    noTableAlias: share(noTableAlias.length, judged.length),
    noAlias: share(noAlias.length, judged.length),
    strictRecallAt10NoTableAlias: sharing(noTableAlias, ({ ok }) => ok),
    strictRecallAt10NoAlias: sharing(noAlias, ({ ok }) => ok),
  };
}
