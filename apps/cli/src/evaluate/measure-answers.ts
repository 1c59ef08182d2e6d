import { extname, join } from 'node:path';
import type { Env } from '@memori/config';
import {
  checkAnswersOptions,
  chooseCases,
  type Findings,
  MemoriApi,
  type MemoriProgram,
  type Progress,
  runAnswers,
  verifiedCases,
} from '@memori/evaluation';
import { InputError, questionCases, readRecords } from '@memori/golds';
import { connectionOf } from '../connection';
import { UsageError } from '../options';
import type { EvaluateOptions } from './evaluate-options';

/** The executable beside this one: built, or from its sources where this runs from its own. */
export function memoriProgram(): MemoriProgram {
  const main = join(__dirname, `../../../memori/src/main${extname(__filename)}`);
  return { main, nodeArguments: process.execArgv };
}

export async function measureAnswers(options: EvaluateOptions, env: Env, progress: Progress): Promise<Findings> {
  const { databaseUrl, schemaMap, model } = options;
  if (databaseUrl === undefined)
    throw new UsageError('"evaluate answers" needs --database-url: the golds run there, beside Memori.');
  const base = { model, databaseUrl, schemaMap, env, program: memoriProgram() };
  if (options.verified !== undefined) {
    // The Memori that holds the queries would answer with them: one without them is asked.
    checkAnswersOptions(base);
    const api = new MemoriApi(connectionTo(options, env));
    const { cases, skipped, place } = await verifiedCases(api, options.verified, databaseUrl);
    const findings = await runAnswers(chooseCases(cases, options), { ...base, place }, progress);
    return { ...findings, skipped: [...skipped, ...findings.skipped] };
  }
  const connection = options.url === undefined ? undefined : connectionTo(options, env);
  checkAnswersOptions({ ...base, connection });
  const cases = chooseCases(questionCases(readRecords(options.inputs)), options);
  return runAnswers(cases, { ...base, connection }, progress);
}

export function connectionTo({ url, key }: EvaluateOptions, env: Env) {
  try {
    return connectionOf({ url, key }, env);
  } catch (error) {
    throw new InputError((error as Error).message, { cause: error });
  }
}
