import { Turnstile } from './turnstile';

describe('Turnstile', () => {
  it('lets as many through as there are places, and the next in order', async () => {
    const turnstile = new Turnstile(1);
    const order: string[] = [];
    await turnstile.enter(1000);
    const second = turnstile.enter(1000).then(() => order.push('second'));
    const third = turnstile.enter(1000).then(() => order.push('third'));

    turnstile.leave();
    await second;
    turnstile.leave();
    await third;

    expect(order).toEqual(['second', 'third']);
  });

  it('gives up after its time, and takes no place with it', async () => {
    const turnstile = new Turnstile(1);
    await turnstile.enter(1000);

    expect(await turnstile.enter(1)).toBe(false);

    turnstile.leave();
    expect(await turnstile.enter(1)).toBe(true);
  });

  it('gives up when the signal aborts, before or while waiting', async () => {
    const turnstile = new Turnstile(1);
    const controller = new AbortController();
    await turnstile.enter(1000);
    const waiting = turnstile.enter(60_000, controller.signal);

    controller.abort();

    expect(await waiting).toBe(false);
    expect(await turnstile.enter(60_000, controller.signal)).toBe(false);
  });
});
