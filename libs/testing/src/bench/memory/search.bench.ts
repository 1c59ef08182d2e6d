import { testDatabase } from '../../database/test-database';
import { ENTITIES, MemoryProcess } from '../../../../memory/src/memory.fixture';
import { runLoad } from '../load';
import { percentile } from '../percentiles';
import { fillTenant, SCOPE_SIZE } from './filled-tenant.bench';
import { MadeUpTalk, type MadeUpTurn } from './made-up-talk';

const COLD_STARTS = 5;
/** Searches whose times do not count: the compiler of the running program learns by them. */
const WARM_UP = 50;

export interface SearchFigures {
  readonly memories: number;
  readonly inScope: number;
  readonly searches: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Median and longest of the first searches of processes that had no index yet. */
  readonly cold: { readonly p50Ms: number; readonly maxMs: number };
  readonly fillSeconds: number;
}

/** Searches of one client after another, on a database of its own; what is timed is the service's call, ten finds each. */
export async function measureSearch(memories: number, searches: number): Promise<SearchFigures> {
  const db = await testDatabase({ entities: ENTITIES });
  try {
    const startedAt = performance.now();
    const { principal, turns } = await fillTenant(db, new MemoryProcess(db.database), memories);
    const fillSeconds = (performance.now() - startedAt) / 1000;
    const talk = new MadeUpTalk(2);
    const query = () => talk.question(turns[talk.below(turns.length)] as MadeUpTurn);
    const search = async (process: MemoryProcess) => {
      const found = await process.memories.search(principal, { query: query(), limit: 10 });
      if (found.length === 0) throw new Error('Nothing was found of what was said.');
    };
    const coldMs: number[] = [];
    for (let start = 0; start < COLD_STARTS; start++) {
      const process = new MemoryProcess(db.database);
      coldMs.push((await runLoad({ clients: 1, calls: 1, seconds: 60 }, () => search(process))).p50Ms);
    }
    const process = new MemoryProcess(db.database);
    await runLoad({ clients: 1, calls: WARM_UP, seconds: 60 }, () => search(process));
    const { failed, calls, p50Ms, p95Ms } = await runLoad({ clients: 1, calls: searches, seconds: 60 }, () =>
      search(process),
    );
    if (failed > 0) throw new Error(`${failed} searches failed or found nothing`);
    const cold = { p50Ms: percentile(coldMs, 0.5), maxMs: Math.max(...coldMs) };
    return { memories, inScope: SCOPE_SIZE, searches: calls, p50Ms, p95Ms, cold, fillSeconds };
  } finally {
    await db.close();
  }
}
