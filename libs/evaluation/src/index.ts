/** Measures linking, the guard and the cache on anybody's data. Every evaluation gives findings; the command makes the report. */
export { readReport, regressionsOf, type Regression } from './against';
export { evaluateCache, pairCases, type PairCase } from './cache-evaluation';
export { chooseCases, type CaseChoice } from './choose-cases';
export { evaluateGuard, type GuardCases } from './guard-evaluation';
export { figure, htmlReport } from './html-report';
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
export { SourceValues, type OfferedLiterals } from './value-recall';
export { LOWER, schemaMap, type SchemaMap } from './schema-map';
export { SourceCatalogs } from './source-catalogs';
export { isStatement, statementCases, type StatementCase } from './statement-cases';
