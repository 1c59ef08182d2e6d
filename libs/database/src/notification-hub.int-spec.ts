import { testDatabase, type TestDatabase } from '@memori/testing';
import { withClient } from './embedded/roles';
import { NotificationHub } from './notification-hub';

let db: TestDatabase;
let hub: NotificationHub;
beforeAll(async () => void (db = await testDatabase()));
afterAll(() => db.close());
beforeEach(() => void (hub = new NotificationHub(db.config)));
afterEach(() => hub.onApplicationShutdown());

const notify = (channel: string, payload: string) => db.database.call('SELECT pg_notify($1, $2)', [channel, payload]);
const cutOff = () =>
  withClient(db.superuser, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'memori-listen' AND datname = current_database()`,
    ),
  );
/** The next payload on a channel. */
const next = (channel: string) => new Promise<string>((resolve) => hub.on(channel, resolve));

it('hands each notification to every handler of its channel, and to no other', async () => {
  const heard: string[] = [];
  hub.on('mixed Case"quote', (payload) => heard.push(`first ${payload}`));
  hub.on('mixed Case"quote', (payload) => heard.push(`second ${payload}`));
  hub.on('other', (payload) => heard.push(`other ${payload}`));
  await hub.ready();

  const last = next('last');
  await hub.ready();
  await notify('mixed Case"quote', 'é☕');
  await notify('last', '');
  await last;

  expect(heard).toEqual(['first é☕', 'second é☕']);
});

it('forgets a handler that unsubscribed', async () => {
  const heard: string[] = [];
  const stop = hub.on('news', (payload) => heard.push(payload));
  await hub.ready();
  stop();
  const last = next('news');
  await notify('news', 'late');
  await last;
  expect(heard).toEqual([]);
});

it('outlives a handler that throws', async () => {
  hub.on('news', () => {
    throw new Error('broken');
  });
  const heard = next('news');
  await hub.ready();
  await notify('news', 'all the same');
  expect(await heard).toBe('all the same');
});

it('listens again after its connection was cut, and says so', async () => {
  const heard: string[] = [];
  hub.on('news', (payload) => heard.push(payload));
  await hub.ready();
  const back = new Promise<void>((resolve) => hub.reconnected(resolve));

  await cutOff();
  await back;
  await hub.ready();
  const last = next('news');
  await notify('news', 'after');
  await last;

  expect(heard).toEqual(['after']);
});

it('keeps trying while nobody answers, and closes without waiting for it', async () => {
  const lost = new NotificationHub({ ...db.config, host: '127.0.0.1', port: 1 });
  lost.on('news', () => undefined);
  const closed = lost.onApplicationShutdown();
  await expect(closed).resolves.toBeUndefined();
  await expect(lost.ready()).resolves.toBeUndefined();
});
