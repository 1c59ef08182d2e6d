import { preferenceOf } from './prefer';

describe('preferenceOf', () => {
  it.each([
    [undefined, { isAsync: false, waitMs: 30_000 }],
    ['respond-async', { isAsync: true, waitMs: 0 }],
    ['wait=5', { isAsync: false, waitMs: 5_000 }],
    ['Wait=0', { isAsync: false, waitMs: 0 }],
    ['wait="7"', { isAsync: false, waitMs: 7_000 }],
    ['wait=999', { isAsync: false, waitMs: 120_000 }],
    ['respond-async, wait=10', { isAsync: true, waitMs: 10_000 }],
    ['respond-async; wait=10', { isAsync: true, waitMs: 10_000 }],
    ['return=minimal', { isAsync: false, waitMs: 30_000 }],
    ['wait=-1', { isAsync: false, waitMs: 30_000 }],
    ['wait=soon', { isAsync: false, waitMs: 30_000 }],
  ])('reads %j', (header, preference) => {
    expect(preferenceOf(header)).toEqual(preference);
  });

  it('reads several headers as one', () => {
    expect(preferenceOf(['respond-async', 'wait=3'])).toEqual({ isAsync: true, waitMs: 3_000 });
  });
});
