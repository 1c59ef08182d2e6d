/** Question sets with gold SQL: reading them, running the golds, comparing results with theirs. Knows nothing of Memori. */
export { differenceOf, differenceOfRows, type JsonResult, type TextResult } from './compare-result';
export { parseCsv } from './csv';
export { goldQueries } from './gold-queries';
export { GoldRunner } from './gold-runner';
export { InputError, readRecords, readText, type InputRecord } from './input-records';
export { agreementOf, type Agreement, type GoldResult } from './same-result';
export { mutationsOf, seededRandom, type Mutation } from './mutate-sql';
export { questionCases, type QuestionCase } from './question-cases';
export { sqlTokens, type SqlToken } from './sql-tokens';
