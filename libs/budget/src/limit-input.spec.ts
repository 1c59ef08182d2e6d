import { InvalidRequestError } from '@memori/errors';
import { checkedLimit, checkedTarget, type LimitInput } from './limit-input';

describe('checkedLimit', () => {
  it.each<[LimitInput, object]>([
    [
      { window: 'day', tokens: 5 },
      { window: 'day', tokens: 5 },
    ],
    [
      { window: 'month', usd: 0.1 },
      { window: 'month', nanoUsd: '100000000' },
    ],
    [
      { window: 'total', tokens: 0, usd: 12.345678901, soft: 0 },
      { window: 'total', tokens: 0, nanoUsd: '12345678901', soft: 0 },
    ],
    [{ window: 'day', unlimited: true }, { window: 'day' }],
    [
      { window: 'day', tokens: 1, unlimited: false, soft: 1 },
      { window: 'day', tokens: 1, soft: 1 },
    ],
  ])('reads %j', (input, limit) => {
    expect(checkedLimit(input)).toEqual(limit);
  });

  it.each<[LimitInput, string[]]>([
    [{ window: 'week', tokens: 1 }, ['/window']],
    [{ window: 'day' }, ['']],
    [{ window: 'day', unlimited: false }, ['']],
    [{ window: 'day', tokens: 1, unlimited: true }, ['/unlimited']],
    [{ window: 'day', tokens: -1 }, ['/tokens']],
    [{ window: 'day', tokens: 1.5 }, ['/tokens']],
    [{ window: 'day', tokens: 2 ** 53 }, ['/tokens']],
    [{ window: 'day', usd: -0.01 }, ['/usd']],
    [{ window: 'day', usd: NaN }, ['/usd']],
    [{ window: 'day', usd: 1e10, soft: 1.1 }, ['/usd', '/soft']],
  ])('refuses %j at %j', (input, pointers) => {
    const fault = (() => {
      try {
        checkedLimit(input);
      } catch (error) {
        return error as InvalidRequestError;
      }
      return undefined;
    })();

    expect(fault?.facts.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

describe('checkedTarget', () => {
  it('takes any text as an id', () => {
    expect(checkedTarget('user', 'ada@例え.jp')).toEqual({ scope: 'user', id: 'ada@例え.jp' });
  });

  it.each([
    ['team', 'x'],
    ['user', ''],
    ['user', 'a\0b'],
    ['user', 'x'.repeat(201)],
  ])('refuses %s/%j', (scope, id) => {
    expect(() => checkedTarget(scope, id)).toThrow(InvalidRequestError);
  });
});
