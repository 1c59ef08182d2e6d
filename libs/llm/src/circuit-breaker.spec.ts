import { CircuitBreaker } from './circuit-breaker';

const fail = (breaker: CircuitBreaker, times: number, nowMs = 0) =>
  Array.from({ length: times }, () => breaker.failed(nowMs)).at(-1);

describe('CircuitBreaker', () => {
  it('stays closed while failures and answers alternate', () => {
    const breaker = new CircuitBreaker();
    for (let round = 0; round < 5; round++) {
      fail(breaker, 4);
      breaker.succeeded();
    }

    expect(breaker.admit(0)).toEqual({ go: 'go' });
  });

  it('opens at the fifth failure in a row, and says when to ask again', () => {
    const breaker = new CircuitBreaker();

    expect(fail(breaker, 5)).toBe(1000);
    expect(breaker.admit(400)).toEqual({ waitMs: 600 });
  });

  it('lets one probe through when its time is over, and nobody beside it', () => {
    const breaker = new CircuitBreaker();
    fail(breaker, 5);

    expect([breaker.admit(1000), breaker.admit(1000)]).toEqual([{ go: 'probe' }, { waitMs: 500 }]);
  });

  it('closes at the answer to the probe', () => {
    const breaker = new CircuitBreaker();
    fail(breaker, 5);
    breaker.admit(1000);
    breaker.succeeded();

    expect([breaker.admit(1001), breaker.admit(1001)]).toEqual([{ go: 'go' }, { go: 'go' }]);
  });

  it('opens longer after each probe that fails, up to ten seconds', () => {
    const breaker = new CircuitBreaker();
    fail(breaker, 5);
    const opened: (number | undefined)[] = [];
    for (let probe = 0; probe < 5; probe++) {
      breaker.admit((probe + 1) * 100_000);
      opened.push(breaker.failed((probe + 1) * 100_000));
    }

    expect(opened).toEqual([2000, 4000, 8000, 10_000, 10_000]);
  });

  it('learns nothing from calls that were on their way when it opened', () => {
    const breaker = new CircuitBreaker();
    fail(breaker, 5);

    expect(fail(breaker, 9, 900)).toBeUndefined();
    expect(breaker.admit(1000)).toEqual({ go: 'probe' });
  });

  it('lets the next one probe when the probe was never made', () => {
    const breaker = new CircuitBreaker();
    fail(breaker, 5);
    breaker.admit(1000);
    breaker.probeAbandoned(1100);

    expect(breaker.admit(1100)).toEqual({ go: 'probe' });
  });
});
