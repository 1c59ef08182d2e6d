import { parseEnv } from '@memori/config';
import { IntakeGate } from './intake-gate';

const gateFor = (waiting: number) => new IntakeGate(parseEnv({ MEMORI_QUEUE_MAX_WAITING: String(waiting) }));

/** Work that is under way until it is told to end. */
function heldWork() {
  const ends: (() => void)[] = [];
  const began: number[] = [];
  const take = (number: number) => () => {
    began.push(number);
    return new Promise<number>((resolve) => ends.push(() => resolve(number)));
  };
  return { take, began, endOne: () => ends.shift()?.() };
}

it('takes a few at once and the others in the order in which they came', async () => {
  const gate = gateFor(1000);
  const { take, began, endOne } = heldWork();
  const all = Array.from({ length: 8 }, (_, number) => gate.pass(take(number)));
  await Promise.resolve();
  expect(began).toEqual([0, 1, 2, 3, 4]);

  endOne();
  await all[0];
  for (let left = 7; left > 0; left--) {
    endOne();
    await Promise.race(all.slice(8 - left));
    await new Promise(setImmediate);
  }

  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('goes on after one that failed', async () => {
  const gate = gateFor(1000);
  const failing = Array.from({ length: 6 }, () => gate.pass(() => Promise.reject(new Error('refused'))));

  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  expect(await gate.pass(() => Promise.resolve('taken'))).toBe('taken');
});

it('says queue-full at once when more stand before it than could run and wait', async () => {
  const gate = gateFor(3);
  const { take, endOne } = heldWork();
  // Five are taken in; a hundred might run, three might wait.
  const all = Array.from({ length: 5 + 100 + 3 }, (_, number) => gate.pass(take(number)));

  await expect(gate.pass(take(-1))).rejects.toMatchObject({
    code: 'queue-full',
    facts: { retryable: true, retryAfterMs: expect.any(Number) as number, limitSource: 'queue' },
  });
  const results = Promise.all(all);
  const pump = setInterval(endOne, 0);
  await results;
  clearInterval(pump);
});

it('says queue-full to whose turn does not come, and lets him go who has left', async () => {
  const gate = gateFor(1000);
  const { take, began, endOne } = heldWork();
  const busy = Array.from({ length: 5 }, (_, number) => gate.pass(take(number)));
  const leaver = new AbortController();
  const left = gate.pass(take(5), leaver.signal);
  leaver.abort();

  await expect(left).rejects.toMatchObject({ code: 'cancelled' });
  await expect(gate.pass(take(6), undefined, 1)).rejects.toMatchObject({ code: 'queue-full', kind: 'unavailable' });
  for (const _ of busy) endOne();
  await Promise.all(busy);
  expect(began).toEqual([0, 1, 2, 3, 4]);
});
