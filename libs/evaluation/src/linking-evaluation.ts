import type { QuestionCase } from '@memori/golds';
import {
  linkTables,
  schemaTokens,
  valueEvidence,
  type Catalog,
  type CatalogTable,
  type GuardVerdict,
  type SqlGuard,
  type StoredAlias,
  type TableEvidence,
  type TableLikeness,
} from '@memori/text2sql';
import { meanOf, percentile, share } from './intervals';
import { type AliasEffect, aliasesUsed, aliasMetrics } from './linking-aliases';
import type { EvaluationItem, Findings, Progress, SkippedCase } from './report';
import type { PoolVectors } from './pool-vectors';
import type { SourceCatalogs } from './source-catalogs';
import type { OfferedLiterals, SourceValues } from './value-recall';

const MOST_TABLES = 10;
const FEW_TABLES = 5;

export interface LinkingOptions {
  /** All schemas of the database are one pool; else each question is linked inside its own schema. */
  readonly pooled: boolean;
  /** Whose tokens are counted. */
  readonly model: string;
  /** Values that help to choose tables, and whose own recall is measured; absent: the question alone. */
  readonly values?: SourceValues;
  /** What people call tables and columns. All is measured with it, and recall without it as well. */
  readonly aliases?: readonly StoredAlias[];
  /** Vectors whose part is measured beside, in the same run: each question is linked once without and once with them. */
  readonly vectors?: PoolVectors;
}

interface Linked {
  readonly item: EvaluationItem & { readonly linked: readonly string[] };
  readonly strictAt5: boolean;
  readonly recall: number;
  readonly precision: number;
  readonly tokensShare: number;
  readonly ms: number;
  readonly literals?: OfferedLiterals;
  readonly effect?: AliasEffect;
  readonly withVectors?: { readonly strictAt5: boolean; readonly strictAt10: boolean; readonly recall: number };
}

/**
 * How well the tables that a gold query reads are among those chosen for its question: strictly (all of them) and on
 * average, and what the choice costs in tokens beside the whole schema. No model is involved.
 */
export async function evaluateLinking(
  cases: readonly QuestionCase[],
  catalogs: SourceCatalogs,
  guard: SqlGuard,
  { pooled, model, values, aliases, vectors }: LinkingOptions,
  progress: Progress,
): Promise<Findings> {
  const linked: Linked[] = [];
  const skipped: SkippedCase[] = [];
  const named = aliases && catalogs.named(aliases);
  const wholeTokens = new WeakMap<Catalog, number>();
  const tokensOf = (catalog: Catalog) => {
    const known = wholeTokens.get(catalog) ?? schemaTokens(catalog, catalog.tables, model);
    wholeTokens.set(catalog, known);
    return known;
  };
  for (const [at, each] of cases.entries()) {
    const own = catalogs.find(each.dbId);
    const verdict = own ? await goldVerdict(each, own, guard) : `there is no schema for db_id "${each.dbId}"`;
    if (typeof verdict === 'string') skipped.push({ id: each.id, reason: verdict });
    else {
      const pool = pooled || !own ? catalogs.whole : own;
      const index = await values?.index(pool);
      const gold = new Set(verdict.relations.map(keyOf));
      const namedPool = pooled || !own ? named?.whole : named?.find(each.dbId);
      const likeness = await vectors?.likeness(namedPool ?? pool, each.question);
      const linkIn = (within: Catalog) => {
        const evidenceOf = index && (() => valueEvidence(index, each.question, within));
        return link(each, gold, within, {
          model,
          wholeTokens: tokensOf(within),
          evidenceOf,
          likeness,
          both: !!vectors,
        });
      };
      const one = linkIn(namedPool ?? pool);
      const effect = namedPool && effectOf(each, gold, namedPool, linkIn(pool));
      const shown = pooled ? pool.tables.filter((table) => one.item.linked.includes(keyOf(table))) : pool.tables;
      const filters = values ? await guard.textFilters(verdict) : [];
      linked.push({ ...one, effect, literals: await values?.judge(each.question, filters, pool, shown) });
    }
    progress(at + 1, cases.length);
  }
  return findingsOf(linked, skipped);
}

/** What the guard says of the first gold that reads a table, or why there is none. */
async function goldVerdict(each: QuestionCase, own: Catalog, guard: SqlGuard): Promise<GuardVerdict | string> {
  let reason = 'its gold reads no table';
  for (const sql of each.golds) {
    const verdict = await guard.check(sql, own);
    if (!verdict.allowed) reason = `its gold is refused: ${verdict.violations[0]?.code}`;
    else if (verdict.relations.length > 0) return verdict;
  }
  return reason;
}

interface LinkingMeans {
  readonly model: string;
  readonly wholeTokens: number;
  readonly evidenceOf?: () => TableEvidence;
  readonly likeness?: TableLikeness;
  /** Whether it is linked with vectors, too; a question without a vector is then linked alike both times. */
  readonly both: boolean;
}

function link(
  each: QuestionCase,
  gold: ReadonlySet<string>,
  pool: Catalog,
  { model, wholeTokens, evidenceOf, likeness, both }: LinkingMeans,
): Linked {
  const startedAt = performance.now();
  const evidence = evidenceOf?.();
  const tables = linkTables(each.question, pool, { maxTables: MOST_TABLES, evidence });
  const ms = performance.now() - startedAt;
  const few = linkTables(each.question, pool, { maxTables: FEW_TABLES, evidence });
  const missing = missingOf(gold, tables);
  const found = gold.size - missing.length;
  return {
    item: {
      id: each.id,
      ok: missing.length === 0,
      dbId: each.dbId,
      question: each.question,
      gold: [...gold],
      linked: tables.map(keyOf),
      missing,
    },
    strictAt5: missingOf(gold, few).length === 0,
    recall: found / gold.size,
    precision: tables.length === 0 ? 0 : found / tables.length,
    tokensShare: wholeTokens === 0 ? 0 : schemaTokens(pool, tables, model) / wholeTokens,
    ms,
    ...(both && { withVectors: linkWithVectors(each.question, pool, gold, { evidence, likeness }) }),
  };
}

function effectOf(each: QuestionCase, gold: ReadonlySet<string>, named: Catalog, plain: Linked): AliasEffect {
  return {
    ...aliasesUsed(each.question, gold, named),
    without: { strictAt5: plain.strictAt5, strictAt10: plain.item.ok, recall: plain.recall },
  };
}

function linkWithVectors(
  question: string,
  pool: Catalog,
  gold: ReadonlySet<string>,
  options: { evidence?: TableEvidence; likeness?: TableLikeness },
): Linked['withVectors'] {
  const missing = (maxTables: number) => missingOf(gold, linkTables(question, pool, { maxTables, ...options })).length;
  const atTen = missing(MOST_TABLES);
  return { strictAt5: missing(FEW_TABLES) === 0, strictAt10: atTen === 0, recall: (gold.size - atTen) / gold.size };
}

function missingOf(gold: ReadonlySet<string>, tables: readonly CatalogTable[]): string[] {
  const linked = new Set(tables.map(keyOf));
  return [...gold].filter((name) => !linked.has(name));
}

function keyOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

function findingsOf(linked: readonly Linked[], skipped: readonly SkippedCase[]): Findings {
  const n = linked.length;
  const times = linked.map(({ ms }) => ms);
  return {
    n,
    skipped,
    metrics: {
      strictRecallAt5: share(linked.filter(({ strictAt5 }) => strictAt5).length, n),
      strictRecallAt10: share(linked.filter(({ item }) => item.ok).length, n),
      recallAt10: meanOf(linked.map(({ recall }) => recall)),
      precisionAt10: meanOf(linked.map(({ precision }) => precision)),
      tokensShare: meanOf(linked.map(({ tokensShare }) => tokensShare)),
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
      ...vectorMetrics(linked),
      ...valueMetrics(linked),
      ...aliasMetricsOf(linked),
    },
    items: linked.map(({ item, literals, effect }) => ({
      ...item,
      ...(literals?.missed.length && { missedValues: literals.missed }),
      ...(effect && { okWithoutAliases: effect.without.strictAt10, aliasesUsed: aliasNames(effect) }),
    })),
  };
}

function aliasMetricsOf(linked: readonly Linked[]): Findings['metrics'] {
  const judged = linked.flatMap(({ item, effect }) => (effect ? [{ ok: item.ok, effect }] : []));
  return judged.length === 0 ? {} : aliasMetrics(judged);
}

function aliasNames({ ofTables, ofColumns }: AliasEffect): string[] {
  return [...new Set([...ofTables, ...ofColumns])];
}

/** The same figures with vectors. */
function vectorMetrics(linked: readonly Linked[]): Findings['metrics'] {
  const found = linked.flatMap(({ withVectors }) => withVectors ?? []);
  if (found.length === 0) return {};
  return {
    vectorStrictRecallAt5: share(found.filter(({ strictAt5 }) => strictAt5).length, found.length),
    vectorStrictRecallAt10: share(found.filter(({ strictAt10 }) => strictAt10).length, found.length),
    vectorRecallAt10: meanOf(found.map(({ recall }) => recall)),
  };
}

/** Of the texts of golds that are stored values, those whose spelling was offered; and questions that were offered all. */
function valueMetrics(linked: readonly Linked[]): Findings['metrics'] {
  const judged = linked.flatMap(({ literals }) => (literals && literals.stored.length > 0 ? [literals] : []));
  if (!linked.some(({ literals }) => literals)) return {};
  const [stored, missed] = [judged.flatMap((each) => each.stored).length, judged.flatMap((each) => each.missed).length];
  return {
    valueRecall: share(stored - missed, stored),
    valueQuestions: share(judged.filter((each) => each.missed.length === 0).length, judged.length),
  };
}
