import { foldLetters } from '@memori/text';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { TableLikeness } from '../table-vectors/table-vectors';
import type { TableEvidence } from '../values/value-evidence';
import { questionTerms } from './question-terms';
import { type TableIndex, tableIndexOf } from './table-index';
import { overlap, trigramsOf } from './trigrams';

/** How much each signal counts beside the table's own text, and how many columns speak for their table. */
export const LINKING_WEIGHTS = {
  columns: 0.1,
  trigrams: 0.6,
  alias: 0.3,
  schema: 2.5,
  bestColumns: 4,
  values: 0.75,
  valueSchema: 1.5,
  likeness: 0.6,
  likest: 1,
};

/** How far from the best likeness a table still counts as near to it: there e times less. */
const NEAR = 0.1;

/** Characters of a text that somebody pasted that tell what is asked: a question has some hundred. */
const READ_AT_BEGINNING = 1500;
const READ_AT_END = 1000;

export type LinkingWeights = typeof LINKING_WEIGHTS;

export interface RankOptions {
  readonly weights?: LinkingWeights;
  /** From the values that the question names, where their index exists. */
  readonly evidence?: TableEvidence;
  /** From vectors, where an embedding provider is configured; in the order of the catalogue's tables. */
  readonly likeness?: TableLikeness;
}

export interface RankedTable {
  readonly table: CatalogTable;
  readonly score: number;
}

/**
 * All tables of a catalogue by how well their names, comments, columns and values fit a question, the best first: what
 * the letters tell, without a model. Tables whose schema is about the question as a whole are preferred; between equals,
 * as when nothing fits, those that most foreign keys meet in come first.
 */
export function rankTables(
  question: string,
  catalog: Catalog,
  { weights = LINKING_WEIGHTS, evidence, likeness }: RankOptions = {},
): RankedTable[] {
  const index = tableIndexOf(catalog);
  const asked = endsOf(question);
  const terms = questionTerms(asked, index.dictionary);
  const values = index.tables.map((table) => evidence?.get(table) ?? 0);
  const meaning = meaningScores(likeness, weights);
  const own = ownScores(index, asked, terms, weights).map(
    (score, at) => score + weights.values * (values[at] as number) + (meaning?.[at] ?? 0),
  );
  const schemas = schemaScores(index, relative(index.schemaTerms.scores(terms)), values, weights);
  const ranked = index.tables.map((table, number) => ({
    table,
    score: (own[number] as number) + weights.schema * (schemas[index.tableSchemas[number] as number] as number),
    links: index.foreignKeyCounts[number] ?? 0,
  }));
  return ranked.sort(
    (left, right) => right.score - left.score || right.links - left.links || compareNames(left.table, right.table),
  );
}

function endsOf(question: string): string {
  if (question.length <= READ_AT_BEGINNING + READ_AT_END) return question;
  return `${question.slice(0, READ_AT_BEGINNING)} ${question.slice(-READ_AT_END)}`;
}

/** What the vectors say: how alike a table is, and once more how near to the likest of all. */
function meaningScores(likeness: TableLikeness | undefined, weights: LinkingWeights): Float64Array | undefined {
  return likeness?.map((alike) => weights.likeness * alike + weights.likest * Math.exp((alike - 1) / NEAR));
}

/** A schema that holds what the question names is the more likely to be meant. */
function schemaScores(
  index: TableIndex,
  scores: Float64Array,
  values: readonly number[],
  weights: LinkingWeights,
): Float64Array {
  const best = new Float64Array(scores.length);
  values.forEach((value, table) => {
    const schema = index.tableSchemas[table] as number;
    best[schema] = Math.max(best[schema] as number, value);
  });
  return scores.map((score, schema) => score + weights.valueSchema * (best[schema] as number));
}

/** How many tables a question clearly speaks of: those that score at least half as well as the best. */
export function linkedTableCount(question: string, catalog: Catalog): number {
  const ranked = rankTables(question, catalog);
  const best = ranked[0]?.score ?? 0;
  return best > 0 ? ranked.filter(({ score }) => score >= best / 2).length : 0;
}

function ownScores(
  index: TableIndex,
  question: string,
  terms: ReadonlyMap<string, number>,
  weights: LinkingWeights,
): Float64Array {
  const text = index.tableTerms.scores(terms);
  const columns = bestColumns(index, index.columnTerms.scores(terms), weights.bestColumns);
  const letters = trigramsOf(foldLetters(question.normalize('NFKC')).replace(/[\s_]+/gu, ''));
  const named = index.wholeAliases.named(question);
  const scale = Math.max(maximum(text), 1);
  return text.map(
    (score, table) =>
      score / scale +
      (weights.columns * (columns[table] as number)) / scale +
      weights.trigrams * overlap(index.nameTrigrams[table] as ReadonlySet<string>, letters) +
      (named.has(table) ? weights.alias : 0),
  );
}

function bestColumns(index: TableIndex, columnScores: Float64Array, count: number): Float64Array {
  const byTable: number[][] = index.tables.map(() => []);
  columnScores.forEach((score, column) => {
    if (score > 0) byTable[index.columnTables[column] as number]?.push(score);
  });
  const sums = byTable.map((scores) =>
    scores
      .sort((a, b) => b - a)
      .slice(0, count)
      .reduce((sum, score) => sum + score, 0),
  );
  return Float64Array.from(sums);
}

function relative(scores: Float64Array): Float64Array {
  const best = maximum(scores) || 1;
  return scores.map((score) => score / best);
}

function maximum(scores: Float64Array): number {
  return scores.reduce((best, score) => Math.max(best, score), 0);
}

function compareNames(left: CatalogTable, right: CatalogTable): number {
  const [one, other] = [`${left.schema}.${left.name}`, `${right.schema}.${right.name}`];
  return one < other ? -1 : one > other ? 1 : 0;
}
