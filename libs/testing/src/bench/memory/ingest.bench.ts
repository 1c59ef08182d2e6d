import { testDatabase } from '../../database/test-database';
import { aPrincipal, ENTITIES, MemoryProcess } from '../../../../memory/src/memory.fixture';
import { runLoad } from '../load';
import { MadeUpTalk } from './made-up-talk';

export interface IngestFigures {
  readonly writers: number;
  readonly batch: number;
  readonly turnsPerSecond: number;
  readonly p50Ms: number;
}

/** Writers, each into a session of his own, for so many seconds; no facts are drawn. The turns are made beforehand. */
export async function measureIngest(writers: number, batch: number, seconds: number): Promise<IngestFigures> {
  const db = await testDatabase({ entities: ENTITIES });
  try {
    const { sessions } = new MemoryProcess(db.database);
    const talk = new MadeUpTalk(3);
    const pool = Array.from({ length: 5000 }, (_, at) => talk.turn(at));
    const places = await Promise.all(
      Array.from({ length: writers }, async () => {
        const principal = aPrincipal();
        return { principal, id: (await sessions.open(principal)).id };
      }),
    );
    let sent = 0;
    const { failed, perSecond, p50Ms } = await runLoad(
      { clients: writers, calls: Infinity, seconds },
      async (writer) => {
        const { principal, id } = places[writer] as (typeof places)[number];
        const turns = Array.from({ length: batch }, () => ({
          ...(pool[sent % pool.length] as (typeof pool)[number]),
          externalId: String(sent++),
        }));
        await sessions.addTurns(principal, id, turns);
      },
    );
    if (failed > 0) throw new Error(`${failed} batches failed`);
    return { writers, batch, turnsPerSecond: perSecond * batch, p50Ms };
  } finally {
    await db.close();
  }
}
