import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isStrict, sharedData, type TestDatabase, testDatabase } from '@memori/testing';
import { ENTITIES, aPrincipal, MemoryProcess, said } from './memory.fixture';

interface Conversation {
  readonly conversation: Record<string, unknown>;
  readonly qa: readonly { readonly question: string; readonly evidence: readonly string[] }[];
}

interface Said {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
}

const shared = sharedData();
const describeWithData = shared === undefined && !isStrict() ? describe.skip : describe;
const principal = aPrincipal();

/** "1:56 pm on 8 May, 2023" */
function momentOf(text: unknown): string {
  return new Date(`${String(text).replace(/^(.*) on (.*)$/, '$2 $1')} UTC`).toISOString();
}

/** A session of the conversation is a session, the conversation a namespace. */
async function record({ sessions }: MemoryProcess, namespace: string, { conversation }: Conversation): Promise<void> {
  for (let number = 1; conversation[`session_${number}`]; number++) {
    const occurredAt = momentOf(conversation[`session_${number}_date_time`]);
    const turns = conversation[`session_${number}`] as Said[];
    const { id } = await sessions.open(principal, { namespace });
    const batch = turns.map((turn) => said(turn.text, { name: turn.speaker, externalId: turn.dia_id, occurredAt }));
    await sessions.addTurns(principal, id, batch);
  }
}

describeWithData(
  'recall of the turns that answer a question, over five long conversations (skipped without the shared data)',
  () => {
    let db: TestDatabase;

    beforeAll(async () => {
      db = await testDatabase({ entities: ENTITIES });
    });

    afterAll(async () => {
      await db.close();
    });

    it('finds at least 79 of 100 within the first ten, of every third question', async () => {
      const here = new MemoryProcess(db.database);
      const file = gunzipSync(readFileSync(join(shared ?? '', 'memory/locomo-dev.json.gz')));
      const conversations = JSON.parse(file.toString('utf8')) as Conversation[];
      let [asked, share] = [0, 0];
      for (const [number, conversation] of conversations.entries()) {
        await record(here, `conversation:${number}`, conversation);
        for (const { question, evidence } of conversation.qa.filter((_, at) => at % 3 === 0)) {
          const ids = evidence.flatMap((text) => text.split(/[;\s]+/)).filter((id) => id !== '');
          if (ids.length === 0) continue;
          const found = await here.memories.search(principal, {
            query: question,
            namespace: `conversation:${number}`,
            limit: 10,
          });
          asked++;
          share += ids.filter((id) => found.some(({ externalId }) => externalId === id)).length / ids.length;
        }
      }

      expect(asked).toBeGreaterThan(320);
      expect(share / asked).toBeGreaterThan(0.79);
    }, 120_000);
  },
);
