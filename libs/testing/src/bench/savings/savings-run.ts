import { MemoriProcess } from '../../process/memori-process';
import { startBenchMemori } from '../bench-memori';
import { mean, percentile } from '../percentiles';
import type { Layers } from './layers';
import { startSlowClaude } from './slow-claude';
import { VERIFIED } from './store-questions';
import type { Asked, AskedKind } from './workload';

export interface SavingsPlan {
  readonly asked: readonly Asked[];
  /** What a reply of the model takes in the median. */
  readonly delayMs: number;
  readonly sourceUrl: string;
  readonly clients: number;
  /** The model that answers everything when the choice is off. */
  readonly strongModel: string;
}

/** One run of the whole workload. */
export interface LayerFigures {
  readonly questions: number;
  /** Answers with the rows of the gold. */
  readonly right: number;
  readonly wrong: readonly string[];
  readonly bySource: Readonly<Record<string, number>>;
  /** Answers by kind of question that came from the answer cache. */
  readonly cacheHits: Partial<Record<AskedKind, number>>;
  readonly costUsd: number;
  /** What reading from the provider's cache saved of the price, less what writing it cost more. */
  readonly providerCacheUsd: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly meanMs: number;
}

interface Answer {
  readonly status: string;
  readonly source?: string;
  readonly sessionId: string;
  readonly rows?: unknown[][];
  readonly usage: { readonly costUsd: number };
}

interface Outcome {
  readonly answer: Answer;
  readonly ms: number;
}

const WAIT = { prefer: 'wait=120' };

/** A fresh Memori with these layers, asked the whole workload. */
export async function runLayers(plan: SavingsPlan, layers: Layers): Promise<LayerFigures> {
  const env = { MEMORI_ENABLE_CACHING: String(layers.answerCache), MEMORI_CACHE_TTL_SECONDS: '86400' };
  // A new one for each run: its cache of prompts is cold, and no run profits from the one before.
  const claude = await startSlowClaude(plan.asked, plan.delayMs);
  const { memori, asker } = await startBenchMemori({ claudeUrl: claude.url, sourceUrl: plan.sourceUrl, env });
  asker.close();
  try {
    if (layers.verifiedQueries) await verify(memori);
    const outcomes = await askAll(memori, plan, layers);
    return await figuresOf(memori, plan.asked, outcomes);
  } finally {
    await memori.stop();
    await claude.stop();
  }
}

async function verify(memori: MemoriProcess): Promise<void> {
  for (const { template } of VERIFIED) {
    const made = await memori.call('POST', '/v1/verified-queries', { dataSourceId: 'shop', ...template });
    if (made.status !== 201) throw new Error(`not verified: ${JSON.stringify(made.body)}`);
  }
}

/** In order, a few at a time. A follow-up waits for the question before it. */
async function askAll(memori: MemoriProcess, plan: SavingsPlan, layers: Layers): Promise<Outcome[]> {
  const { asked, clients, strongModel } = plan;
  const outcomes: Promise<Outcome>[] = [];
  const isDone: { resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }[] = [];
  asked.forEach((_, at) => {
    outcomes[at] = new Promise((resolve, reject) => (isDone[at] = { resolve, reject }));
    outcomes[at].catch(() => undefined);
  });
  let next = 0;
  const client = async () => {
    while (next < asked.length) {
      const at = next++;
      const { after, user, question } = asked[at] as Asked;
      try {
        const sessionId = after === undefined ? undefined : (await outcomes[after])?.answer.sessionId;
        const model = layers.modelChoice ? undefined : strongModel;
        isDone[at]?.resolve(await askOne(memori, user, { question, dataSourceId: 'shop', sessionId, model }));
      } catch (error) {
        isDone[at]?.reject(error);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return Promise.all(outcomes);
}

async function askOne(memori: MemoriProcess, user: string, body: object): Promise<Outcome> {
  const begin = performance.now();
  const headers = { ...WAIT, 'x-memori-user': user };
  const { status, body: answer } = await memori.call<Answer>('POST', '/v1/questions', body, headers);
  if (status !== 200) throw new Error(`not answered: ${status} ${JSON.stringify(answer).slice(0, 500)}`);
  return { answer, ms: performance.now() - begin };
}

async function figuresOf(memori: MemoriProcess, asked: readonly Asked[], outcomes: Outcome[]): Promise<LayerFigures> {
  const bySource: Record<string, number> = {};
  const cacheHits: Partial<Record<AskedKind, number>> = {};
  const wrong: string[] = [];
  for (const [at, { answer }] of outcomes.entries()) {
    const { kind, question, sql } = asked[at] as Asked;
    const source = answer.source ?? answer.status;
    bySource[source] = (bySource[source] ?? 0) + 1;
    if (source === 'cache') cacheHits[kind] = (cacheHits[kind] ?? 0) + 1;
    if (JSON.stringify(answer.rows) !== (await goldRows(memori, sql))) wrong.push(question);
  }
  const times = outcomes.map(({ ms }) => ms);
  return {
    ...{ questions: asked.length, right: asked.length - wrong.length, wrong, bySource, cacheHits },
    costUsd: outcomes.reduce((sum, { answer }) => sum + answer.usage.costUsd, 0),
    providerCacheUsd: await savedByProvider(memori),
    ...{ p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95), meanMs: mean(times) },
  };
}

const golds = new Map<string, Promise<string>>();

/** The rows of a gold, run once by the same way as an answer's. */
function goldRows(memori: MemoriProcess, sql: string): Promise<string> {
  const known = golds.get(sql);
  if (known) return known;
  const body = { dataSourceId: 'shop', sql };
  const rows = memori.call<{ rows: unknown[][] }>('POST', '/v1/sql/run', body).then(({ status, body: { rows } }) => {
    if (status !== 200) throw new Error(`A gold does not run: ${sql}`);
    return JSON.stringify(rows);
  });
  golds.set(sql, rows);
  return rows;
}

async function savedByProvider(memori: MemoriProcess): Promise<number> {
  const usage = await memori.call<{ items: { savedByProviderCacheUsd: number }[] }>('GET', '/v1/usage?groupBy=purpose');
  return usage.body.items.reduce((sum, item) => sum + item.savedByProviderCacheUsd, 0);
}
