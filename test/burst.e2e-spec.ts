import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';

jest.setTimeout(240_000);

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;

afterEach(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

async function boot(env: Record<string, string>): Promise<void> {
  claude = await FakeClaude.start();
  claude.answers('SELECT count(*) AS orders FROM orders');
  // The call that a test holds is the first question's: nothing else asks the model.
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false', ...env } });
  call = clientOf(memori);
  shop = await openShop(call);
}

/** All at once, by a few users, none of whom waits for his answer. */
function burst(count: number): Promise<Answer[]> {
  const ask = (number: number) =>
    call('POST', '/v1/questions', {
      body: { question: `How many orders are there, for the ${number}th time?` },
      headers: { prefer: 'respond-async', 'x-memori-user': `asker-${number % 7}` },
    });
  return Promise.all(Array.from({ length: count }, (_, number) => ask(number)));
}

function outcomes(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = status < 300 ? String(status) : `${status} ${String(body.code)}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

it('takes hundreds of questions that are asked at once, or says queue-full, and stays ready meanwhile', async () => {
  await boot({ MEMORI_MAX_CONCURRENT_REQUESTS: '2' });
  const gate = claude.holdNext('SELECT 1 AS one');
  const asking = burst(400);
  const probes: number[] = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) probes.push((await call('GET', '/health/ready')).status);
  })();

  const answers = await asking.finally(() => (isOver = true));
  await probing;

  // A machine that is too slow for them may turn some away, but never as if the database were not there.
  const { 202: taken = 0, '503 queue-full': refused = 0, ...others } = outcomes(answers);
  expect(others).toEqual({});
  expect([taken > 0, taken + refused]).toEqual([true, 400]);
  expect(new Set(probes)).toEqual(new Set([200]));
  gate.open();
});

/** How each that was taken stands now. */
async function standings(answers: readonly Answer[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [number, { status, body }] of answers.entries()) {
    if (status !== 202) continue;
    const headers = { 'x-memori-user': `asker-${number % 7}` };
    const { body: now } = await call('GET', `/v1/questions/${String(body.id)}`, { headers });
    const standing = [now.status, (now.error as { code?: string } | undefined)?.code].filter(Boolean).join(' ');
    counts[standing] = (counts[standing] ?? 0) + 1;
  }
  return counts;
}

it('says queue-full, and nothing else, to those that the line has no room for', async () => {
  await boot({ MEMORI_QUEUE_MAX_WAITING: '20', MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
  const gate = claude.holdNext('SELECT 1 AS one');

  const answers = await burst(250);

  const { 202: taken = 0, '503 queue-full': refused = 0, ...others } = outcomes(answers);
  expect(others).toEqual({});
  expect(taken + refused).toBe(250);
  for (const { status, headers } of answers)
    if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  // Some begin at once, since they might need no slot, and hear it when they do: one runs, and the line is no longer than it may be.
  let standing = await standings(answers);
  for (let looks = 0; looks < 50 && standing.running !== 1; looks++) standing = await standings(answers);
  const { 'failed queue-full': late = 0, ...there } = standing;
  expect(there).toEqual({ running: 1, queued: 20 });
  expect(late + refused).toBe(250 - 21);
  gate.open();
});
