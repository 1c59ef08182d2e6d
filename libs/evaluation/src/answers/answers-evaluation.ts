import type { QuestionCase } from '@memori/golds';
import { isSecondLook } from '@memori/text2sql';
import type { AskedAnswer, MemoriApi } from '../memori/memori-api';
import type { Exchange } from '../recorder/recorder';
import type { OracleAnswer } from '../recorder/speakers';
import type { Findings, Progress, SkippedCase } from '../report';
import { answerFindings, isDeclined, type JudgedAnswer, NOT_RECORDED, promptFindings } from './answer-scores';
import type { AnswerSources, SourcePlace } from './answer-sources';
import { GoldDesk, type RunGold } from './gold-desk';
import { inLanes } from './in-lanes';

/** What stands between Memori and the model, where something does. */
export interface ModelDesk {
  /** Told before a question is asked. */
  expect(dataSource: string, question: string, answer: OracleAnswer): void;
  /** What Memori asked the model about the question. */
  take(dataSource: string, question: string): readonly Exchange[];
}

export interface AnswersSetup {
  readonly api: MemoriApi;
  readonly sources: AnswerSources;
  readonly databaseUrl: string;
  /** Where a question's `db_id` lies; undefined when the database has no such place. */
  readonly placeOf: (dbId: string) => SourcePlace | undefined;
  readonly desk?: ModelDesk;
  /** Most rows that are asked for. */
  readonly maxRows: number;
  /** Questions side by side. */
  readonly atOnce: number;
  /** The first requests are written down and nothing is judged. */
  readonly onlyPrompts?: boolean;
}

/** A request that would be sent for a question. */
export interface WrittenPrompt {
  readonly each: QuestionCase;
  readonly exchange: Exchange;
}

export interface AnswersOutcome {
  readonly findings: Findings;
  /** In the order of the cases. */
  readonly prompts: readonly WrittenPrompt[];
}

interface Judgement {
  readonly at: number;
  readonly item?: JudgedAnswer;
  readonly skipped?: SkippedCase;
  readonly prompt?: WrittenPrompt;
}

/** Asks every question of a Memori, runs its gold beside it, and compares the rows. */
export async function evaluateAnswers(
  cases: readonly QuestionCase[],
  setup: AnswersSetup,
  progress: Progress,
): Promise<AnswersOutcome> {
  const lanes = Array.from({ length: setup.atOnce }, () => new GoldDesk(setup.databaseUrl));
  const judged: Judgement[] = [];
  try {
    await inLanes(chainsOf(cases, setup), lanes, async (chain, golds) => {
      for (const { each, at } of chain) {
        judged.push({ at, ...(await evaluateOne(each, golds, setup)) });
        progress(judged.length, cases.length);
      }
    });
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
    await setup.sources.close();
  }
  judged.sort((a, b) => a.at - b.at);
  const findings = (setup.onlyPrompts ? promptFindings : answerFindings)(
    judged.flatMap(({ item }) => item ?? []),
    judged.flatMap(({ skipped }) => skipped ?? []),
  );
  return { findings, prompts: judged.flatMap(({ prompt }) => prompt ?? []) };
}

interface Placed {
  readonly each: QuestionCase;
  readonly at: number;
}

/**
 * Questions by place. Those with the same words about the same place follow one another: what was asked of the model is
 * known by them.
 */
function chainsOf(cases: readonly QuestionCase[], { placeOf }: AnswersSetup): Placed[][] {
  const chains = new Map<string, Placed[]>();
  for (const [at, each] of cases.entries()) {
    const key = JSON.stringify([placeOf(each.dbId)?.name ?? null, each.question]);
    chains.set(key, [...(chains.get(key) ?? []), { each, at }]);
  }
  return [...chains].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, chain]) => chain);
}

type Outcome = Omit<Judgement, 'at'>;

async function evaluateOne(each: QuestionCase, golds: GoldDesk, setup: AnswersSetup): Promise<Outcome> {
  const skip = (reason: string): Outcome => ({ skipped: { id: each.id, reason } });
  const place = setup.placeOf(each.dbId);
  if (!place) return skip(`there is no schema for db_id "${each.dbId}"`);
  const gold = each.answerable && !setup.onlyPrompts ? await golds.first(place, each.golds) : undefined;
  if (typeof gold === 'string') return skip(gold);
  const dataSourceId = await setup.sources.find(place);
  // The gold runs there, so that Memori does not take the schema is Memori's failure.
  if (typeof dataSourceId !== 'string') return unasked(each, dataSourceId.message, setup);
  const { answer, exchanges } = await askOnce(each, dataSourceId, place, gold, setup);
  if (setup.onlyPrompts) return promptOf(each, answer, exchanges);
  return { item: await judge(each, place, gold, answer, exchanges, golds) };
}

function unasked(each: QuestionCase, fault: string, { onlyPrompts }: AnswersSetup): Outcome {
  if (onlyPrompts) return { skipped: { id: each.id, reason: fault } };
  const answer = { id: undefined, status: 'failed', model: null, inputTokens: 0, outputTokens: 0, costUsd: 0, ms: 0 };
  return { item: { ...factsOf(each, answer, []), ok: false, relaxed: false, fault } };
}

async function askOnce(
  { question }: QuestionCase,
  dataSourceId: string,
  place: SourcePlace,
  gold: RunGold | undefined,
  { api, sources, desk, maxRows }: AnswersSetup,
): Promise<{ answer: AskedAnswer; exchanges: readonly Exchange[] }> {
  const name = sources.nameOf(place);
  desk?.expect(name, question, gold ? { sql: gold.sql } : { refusal: 'The gold says that it cannot be answered.' });
  // Isolated: neither the questions before nor what this user told Memori once is to be in the prompt.
  const sessionId = await api.openSession({ isolated: true });
  const answer = await api.ask({ question, dataSourceId, sessionId, maxRows, timeZone: 'UTC' });
  await api.call('DELETE', `/v1/sessions/${sessionId}`);
  return { answer, exchanges: desk?.take(name, question) ?? [] };
}

function promptOf(each: QuestionCase, answer: AskedAnswer, [exchange]: readonly Exchange[]): Outcome {
  if (!exchange) {
    const reason = answer.error
      ? `${answer.error.detail} (${answer.error.code})`
      : `it was answered by ${answer.source}`;
    return { skipped: { id: each.id, reason: `no request was made: ${reason}` } };
  }
  return { item: { ...factsOf(each, answer, [exchange]), ok: true, relaxed: true }, prompt: { each, exchange } };
}

async function judge(
  each: QuestionCase,
  place: SourcePlace,
  gold: RunGold | undefined,
  answer: AskedAnswer,
  exchanges: readonly Exchange[],
  golds: GoldDesk,
): Promise<JudgedAnswer> {
  const facts = { ...factsOf(each, answer, exchanges), ...(gold && { gold: gold.sql }) };
  const wrong = (fault: string): JudgedAnswer => ({ ...facts, ok: false, relaxed: false, fault });
  // Without a second candidate the first one stands: that it was not recorded takes nothing from the answer.
  if (exchanges.some(({ isMissed, request }) => isMissed && !isSecondLook(request.body.messages)))
    return wrong(NOT_RECORDED);
  if (answer.error) return wrong(`${answer.error.detail} (${answer.error.code})`);
  if (!gold)
    return isDeclined(answer) ? { ...facts, ok: true, relaxed: true } : wrong('it cannot be answered, and was');
  if (answer.status !== 'answered' || !answer.result) return wrong(`${answer.status} instead of answered`);
  if (answer.result.truncated) return wrong(`cut off after ${answer.result.rows.length} rows`);
  const { strict, relaxed, onlyOrder } = await golds.judge(place, gold, each.golds, answer.result);
  if (strict) return { ...facts, ok: true, relaxed: true };
  const [wanted, came] = [gold.result, answer.result].map(
    ({ rows, columns }) => `${rows.length} rows of ${columns.length} columns`,
  );
  const difference = onlyOrder ? 'the rows stand in another order' : `${wanted} expected, ${came} came`;
  return {
    ...facts,
    ok: false,
    relaxed,
    fault: relaxed ? 'only the columns differ' : `${difference}, and they differ`,
  };
}

function factsOf(each: QuestionCase, answer: AskedAnswer, exchanges: readonly Exchange[]) {
  const { id, dbId, question, difficulty, answerable } = each;
  const { status, source, sql, model, costUsd, inputTokens, outputTokens, ms } = answer;
  return {
    id,
    dbId,
    question,
    ...(difficulty !== undefined && { difficulty }),
    answerable,
    status,
    source,
    model,
    sql,
    ...(exchanges.length > 0 && { keys: exchanges.map(({ request }) => request.key) }),
    costUsd,
    inputTokens,
    outputTokens,
    ms,
  };
}
