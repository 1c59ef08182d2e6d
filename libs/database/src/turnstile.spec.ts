import { Turnstile } from './turnstile';

describe('Turnstile', () => {
  it('lets as many through as there are places, and the next in order', async () => {
    const turnstile = new Turnstile(1);
    const order: string[] = [];
    await turnstile.enter({ timeoutMs: 1000 });
    const second = turnstile.enter({ timeoutMs: 1000 }).then(() => order.push('second'));
    const third = turnstile.enter({ timeoutMs: 1000 }).then(() => order.push('third'));

    turnstile.leave();
    await second;
    turnstile.leave();
    await third;

    expect(order).toEqual(['second', 'third']);
  });

  it('lets somebody go before all that wait', async () => {
    const turnstile = new Turnstile(1);
    const order: string[] = [];
    await turnstile.enter({ timeoutMs: 1000 });
    const patient = turnstile.enter({ timeoutMs: 1000 }).then(() => order.push('patient'));
    const urgent = turnstile.enter({ timeoutMs: 1000, first: true }).then(() => order.push('urgent'));
    expect(turnstile.waiting).toBe(2);

    turnstile.leave();
    await urgent;
    turnstile.leave();
    await patient;

    expect(order).toEqual(['urgent', 'patient']);
  });

  it('gives up after its time, and takes no place with it', async () => {
    const turnstile = new Turnstile(1);
    await turnstile.enter({ timeoutMs: 1000 });

    expect(await turnstile.enter({ timeoutMs: 1 })).toBe(false);

    turnstile.leave();
    expect(await turnstile.enter({ timeoutMs: 1 })).toBe(true);
  });

  it('gives up when the signal aborts, before or while waiting', async () => {
    const turnstile = new Turnstile(1);
    const controller = new AbortController();
    await turnstile.enter({ timeoutMs: 1000 });
    const waiting = turnstile.enter({ timeoutMs: 60_000, signal: controller.signal });

    controller.abort();

    expect(await waiting).toBe(false);
    expect(await turnstile.enter({ timeoutMs: 60_000, signal: controller.signal })).toBe(false);
  });
});
