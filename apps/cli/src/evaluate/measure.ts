import type { Env } from '@memori/config';
import { makeEmbeddings } from '@memori/embedding';
import {
  aliasRecords,
  chooseCases,
  dialogues,
  evaluateCache,
  evaluateGuard,
  evaluateLinking,
  evaluateReasks,
  isStatement,
  knownPairs,
  memoryConversations,
  OWN_DIALOGUES,
  pairCases,
  PoolVectors,
  runFollowups,
  runMemory,
  schemaMap,
  SourceCatalogs,
  SourceValues,
  statementCases,
  StoredValues,
  type Findings,
  type Progress,
} from '@memori/evaluation';
import { GoldRunner, InputError, questionCases, readRecords, type InputRecord } from '@memori/golds';
import { readCatalog, readValues, SqlGuard } from '@memori/text2sql';
import { UsageError } from '../options';
import type { EvaluateOptions } from './evaluate-options';
import { connectionTo, measureAnswers, memoriProgram } from './measure-answers';

/** Does what the options ask for. Bad files and databases are an InputError. */
export async function measure(options: EvaluateOptions, env: Env, progress: Progress): Promise<Findings> {
  if (options.kind === 'answers') return measureAnswers(options, env, progress);
  if (options.kind === 'followups') return measureFollowups(options, env, progress);
  if (options.kind === 'memory') return measureMemory(options, env, progress);
  const records = readRecords(options.inputs);
  const guard = new SqlGuard();
  try {
    if (options.kind === 'cache') return await caching(records, options, guard, progress);
    return options.kind === 'linking'
      ? await linking(records, options, guard, env, progress)
      : await guarding(records, options, guard, progress);
  } finally {
    await guard.onApplicationShutdown();
  }
}

function measureFollowups(options: EvaluateOptions, env: Env, progress: Progress): Promise<Findings> {
  const { databaseUrl, schemaMap, inputs } = options;
  const all = dialogues(readRecords(inputs.length > 0 ? inputs : [OWN_DIALOGUES]));
  return runFollowups(chooseCases(all, options), { databaseUrl, schemaMap, env, program: memoriProgram() }, progress);
}

/** With a database, verified queries as well: their values are looked up in it. */
async function caching(
  records: readonly InputRecord[],
  options: EvaluateOptions,
  guard: SqlGuard,
  progress: Progress,
): Promise<Findings> {
  const pairs = chooseCases(pairCases(records), options);
  const cache = evaluateCache(pairs);
  const catalogs = await catalogsOf(options);
  if (!catalogs) return cache;
  const runner = await GoldRunner.connect(options.databaseUrl ?? '');
  try {
    const place = { catalogs, guard, values: new StoredValues(runner) };
    const verified = await evaluateReasks(knownPairs(records, pairs), place, progress);
    return {
      n: cache.n,
      skipped: [...cache.skipped, ...verified.skipped],
      metrics: { ...cache.metrics, ...verified.metrics },
      items: [...cache.items, ...verified.items],
    };
  } finally {
    await runner.close();
  }
}

/** Of long conversations, --limit and --sample choose questions: the turns are recorded all the same. */
function measureMemory(options: EvaluateOptions, env: Env, progress: Progress): Promise<Findings> {
  const { facts, url } = options;
  const all = memoryConversations(options.inputs);
  const chosen = new Set(
    chooseCases(
      all.flatMap(({ questions }) => questions),
      options,
    ),
  );
  const conversations = all.map((each) => ({ ...each, questions: each.questions.filter((one) => chosen.has(one)) }));
  const connection = url === undefined ? undefined : connectionTo(options, env);
  return runMemory(conversations, { facts, connection, env, program: memoriProgram() }, progress);
}

async function linking(
  records: readonly InputRecord[],
  options: EvaluateOptions,
  guard: SqlGuard,
  env: Env,
  progress: Progress,
): Promise<Findings> {
  const cases = chooseCases(questionCases(records), options);
  const aliases = options.aliases === undefined ? undefined : aliasRecords(readRecords([options.aliases]));
  const catalogs = await catalogsOf(options);
  if (!catalogs) throw new UsageError('"evaluate linking" needs --database-url.');
  const { databaseUrl = '', values: mode, pooled } = options;
  const embeddings = await makeEmbeddings({
    ...env,
    MEMORI_EMBEDDING_PROVIDER: options.vectors ?? env.MEMORI_EMBEDDING_PROVIDER,
  });
  const runner = mode && (await GoldRunner.connect(databaseUrl));
  try {
    const values = runner && new SourceValues((await readValues(databaseUrl, catalogs.whole, mode)).columns, runner);
    const vectors = embeddings.isOn ? new PoolVectors(embeddings) : undefined;
    const model = env.MEMORI_CLAUDE_MODEL;
    return await evaluateLinking(cases, catalogs, guard, { pooled, model, values, aliases, vectors }, progress);
  } finally {
    await runner?.close();
    await embeddings.close();
  }
}

async function guarding(
  records: readonly InputRecord[],
  options: EvaluateOptions,
  guard: SqlGuard,
  progress: Progress,
): Promise<Findings> {
  const statements = chooseCases(statementCases(records.filter(isStatement)), options);
  const golds = chooseCases(questionCases(records.filter((record) => !isStatement(record))), options);
  const catalogs = await catalogsOf(options);
  if (golds.length > 0 && !catalogs)
    throw new UsageError('"evaluate guard" needs --database-url for gold SQL: it is judged by the real catalogue.');
  return evaluateGuard({ golds, statements }, catalogs, guard, progress);
}

async function catalogsOf({ databaseUrl, schemaMap: map }: EvaluateOptions): Promise<SourceCatalogs | undefined> {
  if (databaseUrl === undefined) return undefined;
  try {
    const whole = await readCatalog(databaseUrl);
    return new SourceCatalogs(whole, schemaMap(map, whole.schemas));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`--database-url: ${(error as Error).message}`, { cause: error });
  }
}
