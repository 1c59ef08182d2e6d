import type { Env } from '@memori/config';
import { AnswerSources } from '../answers/answer-sources';
import { placesIn } from '../answers/places';
import type { MemoriProgram } from '../memori/booted-memori';
import { bootForEvaluation } from '../memori/evaluated-memori';
import { MemoriApi } from '../memori/memori-api';
import { stoppedWhenDone } from '../memori/stopped-when-done';
import { RecordingDesk } from '../recorder/recording-desk';
import type { Findings, Progress } from '../report';
import type { Dialogue } from './dialogues';
import { evaluateFollowups, type FollowupsSetup } from './followups-evaluation';

export interface FollowupsOptions {
  /** Where the dialogues' data is; left out: they are about the demo. */
  readonly databaseUrl?: string;
  readonly schemaMap?: string;
  readonly program: MemoriProgram;
  readonly env: Env;
}

const DEMO = 'demo';

/** Boots a Memori whose model says what the dialogues say, and looks at what it is asked. */
export async function runFollowups(
  all: readonly Dialogue[],
  { databaseUrl, schemaMap, program, env }: FollowupsOptions,
  progress: Progress,
): Promise<Findings> {
  const placeOf = databaseUrl === undefined ? undefined : await placesIn(databaseUrl, schemaMap);
  const desk = await RecordingDesk.start();
  try {
    const model = { baseUrl: desk.url, key: 'no-key-is-needed' };
    const demo = placeOf === undefined;
    const booted = await bootForEvaluation(program, { model, env, isPaid: false, demo, atOnce: 1 });
    return await stoppedWhenDone(booted, async () => {
      const api = new MemoriApi(booted);
      const sourceOf =
        placeOf === undefined || databaseUrl === undefined
          ? await demoSource(api)
          : registered(new AnswerSources(api, databaseUrl, false), placeOf);
      return evaluateFollowups(all, { api, desk, sourceOf }, progress);
    });
  } finally {
    await desk.close();
  }
}

/** Without its verified queries: they would answer some questions, and no prompt would be made. */
async function demoSource(api: MemoriApi): Promise<FollowupsSetup['sourceOf']> {
  const { id } = await api.must('GET', `/v1/data-sources/${DEMO}`);
  const { items } = await api.must('GET', `/v1/verified-queries?dataSourceId=${DEMO}&limit=200`);
  for (const query of items as { id: string }[]) await api.must('DELETE', `/v1/verified-queries/${query.id}`);
  const source = { id: String(id), name: DEMO };
  return (dbId) => Promise.resolve(dbId === undefined || dbId === DEMO ? source : 'its data needs --database-url');
}

function registered(sources: AnswerSources, placeOf: Awaited<ReturnType<typeof placesIn>>): FollowupsSetup['sourceOf'] {
  return async (dbId = '') => {
    const place = placeOf(dbId);
    if (!place) return `there is no schema for db_id "${dbId}"`;
    const id = await sources.find(place);
    return typeof id === 'string' ? { id, name: sources.nameOf(place) } : id.message;
  };
}
