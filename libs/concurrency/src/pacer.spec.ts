import { parseEnv } from '@memori/config';
import { Log } from '@memori/monitoring';
import type { PaceReport } from './pace';
import { Pacer } from './pacer';
import type { SlotStore } from './slot-store';

const resetsAt = new Date(Date.now() + 60_000);
const LOW = { requests: { limit: 100, remaining: 20, resetsAt } };
const HIGH = { requests: { limit: 100, remaining: 80, resetsAt } };

describe('Pacer', () => {
  let sent: PaceReport[][];
  let fails: boolean;
  let lines: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    [sent, fails, lines] = [[], false, []];
  });
  afterEach(() => jest.useRealTimers());

  function aPacer(): Pacer {
    const report = (reports: PaceReport[]) => {
      sent.push(reports);
      return fails ? Promise.reject(new Error('down')) : Promise.resolve();
    };
    const log = new Log({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    return new Pacer({ report } as unknown as SlotStore, parseEnv({}), log);
  }

  it('says nothing of a call that met nothing remarkable', async () => {
    const pacer = aPacer();
    pacer.observe('m', { kind: 'ok', limits: HIGH });
    pacer.observe('m', { kind: 'ok' });
    await pacer.flush();

    expect(sent).toEqual([]);
  });

  it('tells all of a moment together, by rate key', async () => {
    const pacer = aPacer();
    for (let n = 0; n < 3; n++) pacer.observe('m', { kind: 'ok', limits: LOW });
    pacer.observe('n', { kind: 'ok', limits: LOW });
    await jest.advanceTimersByTimeAsync(50);

    expect(sent).toHaveLength(1);
    expect(sent[0]!.map(({ rateKey, oks }) => [rateKey, oks])).toEqual([
      ['m', 3],
      ['n', 1],
    ]);
  });

  it('tells of a complaint at once', async () => {
    const pacer = aPacer();
    pacer.observe('m', { kind: 'rate-limited', retryAfterMs: 1500.2 });
    await jest.advanceTimersByTimeAsync(0);

    expect(sent).toMatchObject([
      [{ rateKey: 'm', faults: 1, oks: 0, pauseMs: 1501, pauseReason: 'rate-limited', most: 10 }],
    ]);
  });

  it('tells of successes while the rate key is held back, and no longer', async () => {
    const pacer = aPacer();
    pacer.learn('m', true);
    pacer.observe('m', { kind: 'ok', limits: HIGH });
    await pacer.flush();
    pacer.learn('m', false);
    pacer.observe('m', { kind: 'ok', limits: HIGH });
    await pacer.flush();

    expect(sent).toHaveLength(1);
  });

  it('throws at nobody when the store is away, and complains once', async () => {
    const pacer = aPacer();
    fails = true;
    for (let n = 0; n < 3; n++) {
      pacer.observe('m', { kind: 'overloaded' });
      await pacer.flush();
    }

    expect(sent).toHaveLength(3);
    expect(lines).toHaveLength(1);
  });

  it('sends what is left when the process ends', async () => {
    const pacer = aPacer();
    pacer.observe('m', { kind: 'ok', limits: LOW });
    await pacer.onModuleDestroy();

    expect(sent).toHaveLength(1);
  });
});
