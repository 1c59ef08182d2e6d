import { newId } from '@memori/scope';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { aPrincipal, ENTITIES, MemoryProcess } from '../memory.fixture';

let db: TestDatabase;
let here: MemoryProcess;

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
});
afterAll(() => db?.close());

it('remembers texts that say the same but once', async () => {
  const principal = aPrincipal();
  const session = await here.talk(principal, []);
  const note = () =>
    db.database.transaction({ tenantId: principal.tenantId, userId: principal.userId }, (tx) =>
      here.memories.noteRecalled(tx, session, [
        { id: newId(), kind: 'turn', content: 'Tea is green.' },
        { id: newId(), kind: 'turn', content: 'tea is green' },
      ]),
    );

  await note();
  await note();

  const scope = { tenantId: principal.tenantId, userId: principal.userId };
  expect(
    await db.database.query(scope, 'SELECT FROM memori.recalled WHERE user_id = $1', [principal.userId]),
  ).toHaveLength(1);
});
