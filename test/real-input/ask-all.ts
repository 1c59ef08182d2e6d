import type { JsonResult } from '@memori/golds';
import type { FakeClaude } from '@memori/testing';
import type { Answer, Call } from '../support/client';

/** A question to be asked with the SQL that the model is to write for it. */
export interface Ask {
  readonly dataSourceId: string;
  readonly question: string;
  readonly sql: string;
}

export type Outcome = { readonly result: JsonResult } | { readonly failure: string };

const AT_ONCE = 4;

/** Asks over HTTP, a few at a time; the outcomes stand in the order of the questions. */
export async function askAll(claude: FakeClaude, call: Call, asks: readonly Ask[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const wave of wavesOf(asks)) {
    for (const { ask } of wave) claude.gold(ask.question, ask.sql);
    const waiting = [...wave];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) outcomes[next.at] = await askOne(call, next.ask);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
  return outcomes;
}

/** The fake knows a question by its text: two that read alike but differ in their SQL are asked one after the other. */
function wavesOf(asks: readonly Ask[]): { at: number; ask: Ask }[][] {
  const waves: { at: number; ask: Ask }[][] = [];
  const times = new Map<string, number>();
  asks.forEach((ask, at) => {
    const wave = times.get(ask.question) ?? 0;
    times.set(ask.question, wave + 1);
    (waves[wave] ??= []).push({ at, ask });
  });
  return waves;
}

async function askOne(call: Call, { dataSourceId, question }: Ask): Promise<Outcome> {
  const headers = { prefer: 'wait=60' };
  const answer = await call('POST', '/v1/questions', { headers, body: { question, dataSourceId, maxRows: 10_000 } });
  return outcomeOf(answer);
}

function outcomeOf({ status, body, text }: Answer): Outcome {
  if (status !== 200 || body?.status !== 'answered') return { failure: `${status} ${text.slice(0, 400)}` };
  if (body.truncated) return { failure: `truncated after ${String(body.rowCount)} rows` };
  return { result: { columns: body.columns, rows: body.rows } as JsonResult };
}
