/** Measures linking, the guard, the cache, answers, follow-ups and memory on anybody's data. Every evaluation gives findings; the command makes the report. */
export { readReport, regressionsOf, type Regression } from './against';
export { type ModelMode, readModelMode } from './answers/model-mode';
export { type AnswersOptions, checkAnswersOptions, runAnswers } from './answers/run-answers';
export { verifiedCases, type VerifiedSet } from './answers/verified-cases';
export { evaluateCache, pairCases, type PairCase } from './cache-evaluation';
export { knownPairs, type KnownPair } from './verified/known-questions';
export { evaluateReasks, type ReaskPlace } from './verified/reask-evaluation';
export { StoredValues } from './verified/stored-values';
export { chooseCases, type CaseChoice } from './choose-cases';
export { evaluateGuard, type GuardCases } from './guard-evaluation';
export { type Dialogue, dialogues, OWN_DIALOGUES } from './followups/dialogues';
export { type FollowupsOptions, runFollowups } from './followups/run-followups';
export { figure, htmlReport } from './html-report';
export { aliasRecords } from './linking-aliases';
export { type FactsMode, readFactsMode } from './memory/fact-source';
export type { MemoryConversation } from './memory/memory-case';
export { memoryConversations } from './memory/memory-sets';
export { type MemoryOptions, runMemory } from './memory/run-memory';
export { evaluateLinking, type LinkingOptions } from './linking-evaluation';
export {
  KINDS,
  type EvaluationItem,
  type EvaluationKind,
  type EvaluationReport,
  type Findings,
  type Metric,
  type Progress,
  type SkippedCase,
} from './report';
export type { MemoriProgram } from './memori/booted-memori';
export { MemoriApi } from './memori/memori-api';
export { PoolVectors } from './pool-vectors';
export { SourceValues, type OfferedLiterals } from './value-recall';
export { LOWER, schemaMap, type SchemaMap } from './schema-map';
export { SourceCatalogs } from './source-catalogs';
export { isStatement, statementCases, type StatementCase } from './statement-cases';
