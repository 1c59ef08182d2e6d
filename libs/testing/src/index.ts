/** For tests, benchmarks and the fake server alone. */
export { FakeClock } from './fake-clock';
export { isStrict, sharedData } from './shared-data';
export { emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from './database/test-database';
export { entityFaults } from './database/entity-faults';
export { EmbeddedFixture, isRoot, NOBODY } from './database/embedded-fixture';
export { itOnRedis } from './process/it-on-redis';
export { RedisProcess } from './process/redis-process';
export { FakeClaude, type FakeClaudeOptions, type Gate } from './claude/fake-claude';
export { replies, type AnswerFields, type Reply, type Scripted } from './claude/reply';
export type { ClaudeRequest } from './claude/request';
export type { Match } from './claude/script';
export { ClaudeError } from './claude/errors';
export { MODELS, type ModelRules } from './claude/models';
export { aliasesOf } from './claude/alias-words';
export { STEERINGS } from './claude/steering';
export { runScript } from './real-input/copy-script';
export { findGolds, loadSpider, type Gold } from './real-input/real-databases';
export { defogDatabases, defogQuestions, defogScript, spiderQuestions } from './real-input/real-questions';
