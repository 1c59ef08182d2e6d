import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { BackgroundModule, LlmModule } from '@memori/llm';
import { MemoryModule } from '@memori/memory';
import { SessionModule } from '@memori/session';
import { AliasRepository } from './aliases/alias.repository';
import { CatalogAliases } from './aliases/catalog-aliases';
import { EditedAliases } from './aliases/edited-aliases';
import { CachedAnswerStore } from './cache/cached-answer.store';
import { ContextBuilder } from './context/context-builder';
import { CatalogStore } from './data-source/catalog-store';
import { Connections } from './data-source/connections';
import { DataSourceRepository } from './data-source/data-source.repository';
import { DataSourceRows } from './data-source/data-source-rows';
import { DataSources } from './data-source/data-sources';
import { SourceProber } from './data-source/source-prober';
import { DemoSetup } from './demo/demo-setup';
import { SqlExecutor } from './execution/sql-executor';
import { GlossaryBooks } from './glossary/glossary-book';
import { GlossaryRepository } from './glossary/glossary.repository';
import { Glossary } from './glossary/glossary.service';
import { MetricChecks } from './glossary/metric-checks';
import { SqlGuard } from './guard/sql-guard';
import { AnswerComposer } from './question/answer-composer';
import { AnswerWriter } from './question/answer-writer';
import { CachedAnswers } from './question/cached-answers';
import { ClaimKeeper } from './question/claim-keeper';
import { IdempotencyKeys } from './question/idempotency-keys';
import { IntakeGate } from './question/intake-gate';
import { ModelAnswers } from './question/model-answers';
import { ModelAsker } from './question/model-asker';
import { QuestionDispatcher } from './question/question-dispatcher';
import { QuestionEvents } from './question/question-events';
import { QuestionFeedback } from './question/question-feedback';
import { QuestionIntake } from './question/question-intake';
import { QuestionLine } from './question/question-line';
import { QuestionLooks } from './question/question-looks';
import { QuestionMaterial } from './question/question-material';
import { QuestionQuotes } from './question/question-quotes';
import { QuestionReader } from './question/question-reader';
import { QuestionRunner } from './question/question-runner';
import { QuestionSignals } from './question/question-signals';
import { QuestionSweeper } from './question/question-sweeper';
import { QuestionWork } from './question/question-work';
import { Questions } from './question/questions.service';
import { ResultRows } from './question/result-rows';
import { ServiceAccounts } from './question/service-accounts';
import { QueuePlaces } from './question/queue-places';
import { ServiceTime } from './question/service-time';
import { SqlConsole } from './question/sql-console';
import { Summaries } from './question/summaries';
import { SqlSteps } from './question/sql-steps';
import { ValueDoubts } from './question/value-doubts';
import { VerifiedAnswers } from './question/verified-answers';
import { ProposedQueries } from './verified-query/proposed-queries';
import { VerifiedBooks } from './verified-query/verified-book';
import { VerifiedChecks } from './verified-query/verified-checks';
import { VerifiedMatcher } from './verified-query/verified-matcher';
import { VerifiedQueries } from './verified-query/verified-queries.service';
import { VerifiedQueryRepository } from './verified-query/verified-query.repository';
import { TableVectorRepository } from './table-vectors/table-vector.repository';
import { TableVectorStore } from './table-vectors/table-vector-store';
import { ValueRepository } from './values/value.repository';
import { ValueStore } from './values/value-store';
import { Text2SqlEraser } from './text2sql-eraser';

const DATA_SOURCES = [DataSources, DataSourceRepository, DataSourceRows, SourceProber, CatalogStore, Connections];
const ALIASES = [CatalogAliases, AliasRepository, EditedAliases];
const VALUES = [ValueStore, ValueRepository];
const TABLE_VECTORS = [TableVectorStore, TableVectorRepository];
const DEMO = [DemoSetup];
const SQL = [SqlGuard, SqlExecutor, SqlSteps, SqlConsole];
const VERIFIED_QUERIES = [
  VerifiedQueries,
  ProposedQueries,
  VerifiedQueryRepository,
  VerifiedBooks,
  VerifiedMatcher,
  VerifiedChecks,
];
const GLOSSARY = [Glossary, GlossaryRepository, GlossaryBooks, MetricChecks];
const LINE = [
  QuestionLine,
  ServiceAccounts,
  QuestionSignals,
  ClaimKeeper,
  QuestionDispatcher,
  QuestionSweeper,
  QuestionRunner,
];
const QUESTIONS = [
  Questions,
  IntakeGate,
  QuestionIntake,
  QuestionLooks,
  QuestionReader,
  QuestionWork,
  QueuePlaces,
  ServiceTime,
  QuestionEvents,
  QuestionFeedback,
  QuestionQuotes,
  ResultRows,
  IdempotencyKeys,
  ContextBuilder,
  QuestionMaterial,
  VerifiedAnswers,
  CachedAnswers,
  CachedAnswerStore,
  ModelAnswers,
  ValueDoubts,
  ModelAsker,
  Summaries,
  AnswerComposer,
  AnswerWriter,
];

/** A question becomes checked SQL, rows and an answer. Needs config, database, security, queue and monitoring at the root. */
@Module({
  imports: [LlmModule, BackgroundModule, MemoryModule, PrivacyModule, SessionModule],
  providers: [
    ...DATA_SOURCES,
    ...ALIASES,
    ...VALUES,
    ...TABLE_VECTORS,
    ...DEMO,
    ...SQL,
    ...VERIFIED_QUERIES,
    ...GLOSSARY,
    ...LINE,
    ...QUESTIONS,
    Text2SqlEraser,
  ],
  exports: [
    Questions,
    QuestionDispatcher,
    QuestionSweeper,
    DataSources,
    EditedAliases,
    DemoSetup,
    VerifiedQueries,
    ProposedQueries,
    Glossary,
    SqlConsole,
    LlmModule,
    MemoryModule,
    SessionModule,
  ],
})
export class Text2SqlModule {}
