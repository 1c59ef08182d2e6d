/** A question becomes checked SQL, rows and an answer. */
export { Text2SqlModule } from './text2sql.module';

export type { StoredAlias } from './aliases/alias.repository';
export type { AliasLine } from './aliases/alias-edits';
export { DEFAULT_LANGUAGES, MOST_LANGUAGES } from './aliases/alias-languages';
export { EditedAliases, type TableAliases } from './aliases/edited-aliases';
export { withAliases } from './aliases/with-aliases';
export type {
  Catalog,
  CatalogColumn,
  CatalogForeignKey,
  CatalogFunction,
  CatalogTable,
  CatalogTableKind,
} from './data-source/catalog';
export {
  SAMPLE_VALUES,
  SSL_MODES,
  type DataSourceInput,
  type DataSourcePatch,
  type DataSourceRecord,
  type DataSourceTest,
  type DataSourceView,
  type Finding,
  type SampleValues,
  type SslMode,
} from './data-source/data-source.record';
export { DataSources, type RegisterOptions } from './data-source/data-sources';
export { readCatalog, readValues } from './data-source/read-catalog';
export { DEMO_NAME, DEMO_QUESTION, DemoSetup } from './demo/demo-setup';

export { offeredValues } from './context/offered-values';
export { schemaTokens } from './context/schema-tokens';
export { isSecondLook } from './context/answer-prompt';
export { withoutMoment } from './context/without-moment';
export type { PlanEstimate } from './execution/plan-estimate';
export { SqlExecutor, type ResultSet } from './execution/sql-executor';
export { maskLiterals } from './execution/mask-literals';
export { SqlFailedError } from './execution/execution.errors';
export { SqlParser, type ParseOutcome } from './guard/parser/sql-parser';
export { SqlGuard } from './guard/sql-guard';
export type { GuardVerdict, Violation, ViolationCode } from './guard/guard-verdict';
export type { TextFilter } from './guard/text-filters';
export { SqlNotAllowedError } from './guard/sql-not-allowed.error';
export { questionForm } from './cache/question-form';
export { linkTables } from './linking/link-tables';
export { rankTables } from './linking/rank-tables';

export { TableVectors, textsOf, type TableLikeness } from './table-vectors/table-vectors';
export type { FoundValue } from './values/find-values';
export type { ColumnValues, GatheredValues } from './values/gather-values';
export { valueEvidence, type TableEvidence } from './values/value-evidence';
export { ValueIndex } from './values/value-index';
export { labelsOf } from './values/value-store';

export { Glossary } from './glossary/glossary.service';
export { GLOSSARY_KINDS, type GlossaryEntry, type GlossaryKind } from './glossary/glossary-entry';
export type { GlossaryInput, GlossaryPatch } from './glossary/glossary-input';

export type { ImportReport } from './data-source/import-lines';
export { ProposedQueries, type ProposedQuery } from './verified-query/proposed-queries';
export { VerifiedQueries } from './verified-query/verified-queries.service';
export type { VerifiedQueryInput, VerifiedQueryPatch } from './verified-query/verified-query-input';
export {
  PARAMETER_TYPES,
  type ParameterType,
  type VerifiedMatch,
  type VerifiedParameter,
  type VerifiedQuery,
} from './verified-query/verified-query';

export { parseTemplate, templateFault } from './verified-query/question-template';
export { bookOf, type Book } from './verified-query/verified-book';
export { matchQuestion, type LookUp } from './verified-query/verified-matcher';
export { findColumn } from './verified-query/verified-query-input';

export {
  answerJson,
  hasEnded,
  QUESTION_STATUSES,
  type AnswerBudgetLine,
  type AnswerColumn,
  type AnswerHead,
  type AnswerProblem,
  type AnswerTimings,
  type AnswerUsage,
  type AskOutcome,
  type QuestionStatus,
} from './question/answer';
export { MAX_QUESTION_LENGTH, type AskInput } from './question/ask-input';
export { QuestionDispatcher } from './question/question-dispatcher';
export { QUESTION_EVENT_TYPES, type QuestionEvent } from './question/question-events';
export type { FeedbackInput, FeedbackResult } from './question/question-feedback';
export { QuestionSweeper } from './question/question-sweeper';
export { Questions, type AskOptions } from './question/questions.service';
export { ROW_FORMATS, type RowFormat, type RowStream } from './question/row-formats';
export { SqlConsole, type SqlCheck, type SqlCheckInput, type SqlRunInput } from './question/sql-console';
export { Simulation } from './question/simulation';
