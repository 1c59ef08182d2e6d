import { writeFileSync } from 'node:fs';
import type { Env } from '@memori/config';
import { InputError, type QuestionCase } from '@memori/golds';
import { outgoingFetch } from '@memori/llm';
import type { MemoriProgram } from '../memori/booted-memori';
import { bootForEvaluation, MOST_ROWS } from '../memori/evaluated-memori';
import { MemoriApi } from '../memori/memori-api';
import { stoppedWhenDone } from '../memori/stopped-when-done';
import { Completions } from '../recorder/completions';
import type { Speaker } from '../recorder/recorder';
import { RecordingDesk } from '../recorder/recording-desk';
import { promptsSpeaker, recordSpeaker, replaySpeaker } from '../recorder/speakers';
import type { Findings, Progress } from '../report';
import { AnswerSources, type SourcePlace } from './answer-sources';
import { type AnswersSetup, evaluateAnswers, type WrittenPrompt } from './answers-evaluation';
import type { ModelMode } from './model-mode';
import { placesIn } from './places';

export interface AnswersOptions {
  readonly model: ModelMode;
  /** Where the data is. */
  readonly databaseUrl: string;
  readonly schemaMap?: string;
  /** All questions are about this one, whatever their `db_id`; else about the schema that it means. */
  readonly place?: SourcePlace;
  /** A running Memori to be asked; without one, one is booted. */
  readonly connection?: { readonly url: string; readonly key: string };
  readonly program: MemoriProgram;
  readonly env: Env;
}

const ANTHROPIC = 'https://api.anthropic.com';
/** Questions side by side; against a running Memori so many that others still get their turn. */
const AT_ONCE = 4;
const AT_ONCE_AS_GUEST = 2;
/** What a running Memori gives at most, unless it was told otherwise (MEMORI_MAX_ROWS). */
const MOST_ROWS_AS_GUEST = 10_000;

/** Asks a running Memori or boots one, with or without a recorder between it and the model. */
export async function runAnswers(
  cases: readonly QuestionCase[],
  options: AnswersOptions,
  progress: Progress,
): Promise<Findings> {
  checkAnswersOptions(options);
  const { place } = options;
  const placeOf = place ? () => place : await placesIn(options.databaseUrl, options.schemaMap);
  const base = { databaseUrl: options.databaseUrl, placeOf };
  if (options.connection) {
    const api = new MemoriApi(options.connection, true);
    const sources = new AnswerSources(api, options.databaseUrl, true);
    const setup = { ...base, api, sources, maxRows: MOST_ROWS_AS_GUEST, atOnce: AT_ONCE_AS_GUEST };
    return (await evaluateAnswers(cases, setup, progress)).findings;
  }
  return asked(cases, base, options, progress);
}

/** What cannot work is said before anything is started. */
export function checkAnswersOptions({
  model,
  connection,
  env,
}: Pick<AnswersOptions, 'model' | 'connection' | 'env'>): void {
  if (connection && model.kind !== 'live')
    throw new InputError(
      `With --url only "--model live" is possible: that Memori asks its own model. Without --url "--model ${model.kind}" boots a Memori and stands between it and the model.`,
    );
  const asksClaude = !connection && (model.kind === 'live' || model.kind === 'record');
  if (asksClaude && env.MEMORI_ANTHROPIC_API_KEY === '')
    throw new InputError(
      `"--model ${model.kind}" asks Claude: set MEMORI_ANTHROPIC_API_KEY, or name a Memori with --url.`,
    );
}

/** Boots a Memori, asks it, and ends it whatever happens. */
async function asked(
  cases: readonly QuestionCase[],
  base: Pick<AnswersSetup, 'databaseUrl' | 'placeOf'>,
  { model, program, env }: AnswersOptions,
  progress: Progress,
): Promise<Findings> {
  if (model.kind === 'prompts') write(model.file, []);
  const desk = model.kind === 'live' ? undefined : await RecordingDesk.start(speakerOf(model, env));
  try {
    const isPaid = model.kind === 'live' || model.kind === 'record';
    const atOnce = isPaid ? Math.min(AT_ONCE, env.MEMORI_MAX_CONCURRENT_REQUESTS) : AT_ONCE;
    const claude = { baseUrl: desk?.url ?? env.MEMORI_ANTHROPIC_BASE_URL, key: keyOf(env) };
    const booted = await bootForEvaluation(program, { model: claude, env, isPaid, atOnce });
    return await stoppedWhenDone(booted, async () => {
      const api = new MemoriApi(booted);
      const sources = new AnswerSources(api, base.databaseUrl, false);
      const onlyPrompts = model.kind === 'prompts';
      const setup = { ...base, api, sources, desk, maxRows: MOST_ROWS, atOnce, onlyPrompts };
      const { findings, prompts } = await evaluateAnswers(cases, setup, progress);
      if (model.kind === 'prompts') write(model.file, prompts);
      return findings;
    });
  } finally {
    await desk?.close();
  }
}

/** Undefined: the desk itself says what it was told to expect. */
function speakerOf(model: ModelMode, env: Env): Speaker | undefined {
  switch (model.kind) {
    case 'live':
    case 'oracle':
      return undefined;
    case 'replay':
      return replaySpeaker(Completions.read(model.file));
    case 'record':
      return recordSpeaker(Completions.open(model.file), env.MEMORI_ANTHROPIC_BASE_URL ?? ANTHROPIC, outgoingFetch());
    case 'prompts':
      return promptsSpeaker();
  }
}

/** A recorder asks nobody for a key; Memori takes no question without one. */
function keyOf(env: Env): string {
  return env.MEMORI_ANTHROPIC_API_KEY || 'no-key-is-needed';
}

function write(file: string, prompts: readonly WrittenPrompt[]): void {
  const lines = prompts.map(({ each: { id, dbId, question }, exchange: { request } }) =>
    JSON.stringify({ key: request.key, id, db_id: dbId, question, purpose: request.purpose, request: request.body }),
  );
  try {
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  } catch (error) {
    throw new InputError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
  }
}
