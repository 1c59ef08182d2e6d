import { MOST_ATTEMPTS, retryAfterMs, verdictOn } from './retry-plan';

describe('verdictOn', () => {
  it.each([200, 201, 204, 299])('takes %i for delivered', (status) => {
    expect(verdictOn({ status }, 1, 0.5)).toEqual({ state: 'delivered', code: `http-${status}` });
  });

  it.each([301, 302, 307, 400, 401, 404, 408, 429, 500, 503])('tries again after %i', (status) => {
    expect(verdictOn({ status }, 1, 0.5)).toEqual({ state: 'waiting', code: `http-${status}`, waitMs: 2500 });
  });

  it('tries again when no reply came', () => {
    expect(verdictOn({ fault: 'timeout' }, 2, 0.5)).toEqual({ state: 'waiting', code: 'timeout', waitMs: 10_000 });
  });

  it.each([
    [1, 0.999, 4995],
    [2, 0, 0],
    [5, 0.5, 640_000],
    [8, 0.999999, 21_599_978],
  ])('waits after attempt %i with the chance %d for %i ms', (attempts, random, waitMs) => {
    expect(verdictOn({ status: 500 }, attempts, random)).toMatchObject({ waitMs });
  });

  it('comes no sooner than it was asked to, and not later than in six hours', () => {
    expect(verdictOn({ status: 429, retryAfterMs: 60_000 }, 1, 0)).toMatchObject({ waitMs: 60_000 });
    expect(verdictOn({ status: 503, retryAfterMs: 9e9 }, 1, 0)).toMatchObject({ waitMs: 21_600_000 });
  });

  it.each([
    [{ status: 410 }, 1, 'http-410'],
    [{ fault: 'address-refused' }, 1, 'address-refused'],
    [{ status: 500 }, MOST_ATTEMPTS, 'http-500'],
  ])('gives up after %j at attempt %i', (outcome, attempts, code) => {
    expect(verdictOn(outcome, attempts, 0.5)).toEqual({ state: 'failed', code });
  });
});

describe('retryAfterMs', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['30', 30_000],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('reads %j as %s', (header, ms) => {
    expect(retryAfterMs(header, 1000)).toBe(ms);
  });
});
