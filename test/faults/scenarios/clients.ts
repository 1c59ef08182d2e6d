import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';
import { ADMIN_KEY, type World } from '../world/world';

/** Clients that leave in the middle, and clients that read one byte a second. */
export const scenario: Scenario = {
  name: 'clients',
  about: 'clients that disconnect (plain and SSE, with and without a key), and that read one byte a second',
  shortModes: ['postgres'],
  async run(world) {
    await leaving(world, 'plain');
    await leaving(world, 'stream');
    await leavingWithKey(world);
    await readingSlowly(world);
  },
};

/** Nobody can ask for the answer again: the call is aborted, and charged for what was streamed. */
async function leaving(world: World, kind: 'plain' | 'stream'): Promise<void> {
  const question = world.question(`orders left by a ${kind} client`);
  world.claude.when(question).answers(replies.stalledStream({ afterBytes: 1200 }));
  const socket = await rawAsk(world, question, kind === 'stream' ? { accept: 'text/event-stream' } : {});
  await world.until('Claude streams', () => world.claude.requests.some((request) => request.question === question));
  await sleep(300);
  socket.destroy();
  const leftAt = performance.now();
  await world.until('the call is aborted', () =>
    world.claude.requests.some((request) => request.question === question && request.state === 'aborted'),
  );
  const abortedMs = performance.now() - leftAt;
  await expectStatus(world, question, 'cancelled');
  const holdsNone = async () => !(await world.leases.now(world.sql)).users.some((user) => user.endsWith(' leaver'));
  await world.until('its slot is free', holdsNone);
  const freedMs = performance.now() - leftAt;
  world.print(
    `   ${kind}: aborted ${abortedMs.toFixed(0)} ms and slot free ${freedMs.toFixed(0)} ms after the client left`,
  );
}

/** The key is a way back to the answer: the question goes on. */
async function leavingWithKey(world: World): Promise<void> {
  const question = world.question('orders left with a key');
  const gate = world.claude.gate();
  world.claude.when(question).answers(replies.held(gate.until, replies.sql('SELECT count(*) AS orders FROM orders')));
  const socket = await rawAsk(world, question, { 'idempotency-key': 'left' });
  await world.until('Claude was asked', () => world.claude.requests.some((request) => request.question === question));
  socket.destroy();
  await sleep(300);
  gate.open();
  await expectStatus(world, question, 'answered');
}

/** One byte a second for some seconds; meanwhile others are served, and neither slot nor claim is kept. */
async function readingSlowly(world: World): Promise<void> {
  // Nine megabytes: more than the pipes between hold.
  const sql = 'SELECT id, note FROM orders';
  const [plain, stream] = [world.question('orders read slowly'), world.question('orders streamed slowly')];
  for (const question of [plain, stream]) world.claude.gold(question, sql);
  const sockets = [await rawAsk(world, plain), await rawAsk(world, stream, { accept: 'text/event-stream' })];
  const reading = Promise.all(sockets.map((socket) => sip(socket, world.isShort ? 6 : 20)));
  await expectStatus(world, plain, 'answered');
  await expectStatus(world, stream, 'answered');
  const others = await Promise.all([0, 1, 2, 3].map((n) => world.ask(world.question(), { user: `quick-${n}` })));
  expectThat(
    others.every(({ outcome }) => outcome === 'answered'),
    'a slow reader held others up',
  );
  await reading;
  for (const socket of sockets) socket.destroy();
}

async function expectStatus(world: World, question: string, status: string): Promise<void> {
  const read = () =>
    world.sql.rows<{ status: string }>('SELECT status FROM memori.questions WHERE question = $1', [question]);
  await world.until(`"${question}" is ${status}`, async () => (await read())[0]?.status === status);
}

/** Reads nothing by itself: what is not read stays in the pipes, and soon in the server. */
async function rawAsk(world: World, question: string, headers: Record<string, string> = {}): Promise<Socket> {
  const api = world.api(0);
  const socket = connect({ port: api.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.pause();
  const body = JSON.stringify({ question, dataSourceId: world.dataSourceId, maxRows: 5000 });
  const lines = {
    host: `127.0.0.1:${api.port}`,
    authorization: `Bearer ${ADMIN_KEY}`,
    'x-memori-user': 'leaver',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`POST /v1/questions HTTP/1.1\r\n${head.join('')}\r\n${body}`);
  return socket;
}

async function sip(socket: Socket, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    socket.read(1);
    await sleep(1000);
  }
}
