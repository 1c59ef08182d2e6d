import { Interruption } from './interruption';

describe('Interruption', () => {
  it('remembers who stopped the call first', () => {
    const [caller, lease] = [new AbortController(), new AbortController()];
    const stop = new Interruption();
    stop.follow('cancelled', caller.signal);
    stop.follow('lease-lost', lease.signal);

    lease.abort();
    caller.abort();

    expect(stop.signal.aborted).toBe(true);
    expect(stop.by).toBe('lease-lost');
  });

  it('is stopped from the start by a signal that is aborted already', () => {
    const stop = new Interruption();
    stop.follow('cancelled', AbortSignal.abort());

    expect(stop.by).toBe('cancelled');
  });

  it('stops when its time is over', () => {
    jest.useFakeTimers();
    const stop = new Interruption();
    stop.startTimer(60_000);

    jest.advanceTimersByTime(60_000);
    jest.useRealTimers();

    expect(stop.by).toBe('timeout');
  });

  it('listens to nobody once it is disposed of', () => {
    const caller = new AbortController();
    const stop = new Interruption();
    stop.follow('cancelled', caller.signal);
    stop.follow('shutting-down', undefined);

    stop.dispose();
    caller.abort();

    expect(stop.by).toBeUndefined();
  });
});
