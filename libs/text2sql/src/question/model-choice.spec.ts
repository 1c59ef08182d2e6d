import { type ChoiceFacts, chooseModel, lowLine, mayClimb, type Models } from './model-choice';

const MODELS: Models = { first: 'sonnet', fast: 'haiku', strong: 'opus' };
const EASY: ChoiceFacts = {
  pinned: undefined,
  isHard: false,
  failedRounds: 0,
  repairRounds: 1,
  invalidReplies: 0,
  lowBudget: undefined,
};

const choose = (facts: Partial<ChoiceFacts>, models: Partial<Models> = {}) =>
  chooseModel({ ...EASY, ...facts }, { ...MODELS, ...models });

describe('chooseModel', () => {
  it.each<[string, Partial<ChoiceFacts>, string, string]>([
    ['asks the configured model first', {}, 'sonnet', 'first'],
    ['asks the strong one about a hard question', { isHard: true }, 'opus', 'hard-question'],
    ['leaves the last repair to the strong one', { failedRounds: 1 }, 'opus', 'climbed'],
    ['repairs with the first one while repairs are left', { failedRounds: 1, repairRounds: 2 }, 'sonnet', 'first'],
    ['climbs at the last of several repairs', { failedRounds: 2, repairRounds: 2 }, 'opus', 'climbed'],
    ['climbs after a reply that was none', { invalidReplies: 1 }, 'opus', 'climbed'],
    ['steps down when a budget runs low', { lowBudget: 'user/day' }, 'haiku', 'budget-low'],
    ['steps down for a hard question too', { lowBudget: 'user/day', isHard: true }, 'haiku', 'budget-low'],
    ['does not climb on a low budget', { lowBudget: 'user/day', failedRounds: 1 }, 'haiku', 'budget-low'],
    [
      'never changes a pinned model',
      { pinned: 'fable', isHard: true, lowBudget: 'x', failedRounds: 1 },
      'fable',
      'pinned',
    ],
  ])('%s', (_, facts, model, reason) => {
    expect(choose(facts)).toMatchObject({ model, reason });
  });

  it.each<[string, Partial<ChoiceFacts>, string | undefined]>([
    ['the strong one for the first', {}, 'opus'],
    ['the first one for the strong', { isHard: true }, 'sonnet'],
    ['nobody for a pinned model', { pinned: 'sonnet' }, undefined],
    ['nobody on a low budget', { lowBudget: 'user/day' }, undefined],
  ])('lets %s answer when it is overloaded', (_, facts, fallback) => {
    expect(choose(facts).fallback).toBe(fallback);
  });

  it('has nothing to tell of a low budget that changed nothing', () => {
    expect(choose({ lowBudget: 'user/day' }, { fast: 'sonnet' })).toEqual({ model: 'sonnet', reason: 'budget-low' });
  });

  it('knows no fallback where all models are one', () => {
    expect(choose({}, { strong: 'sonnet' })).toEqual({ model: 'sonnet', reason: 'first' });
  });
});

describe('mayClimb', () => {
  it.each([
    [{}, true],
    [{ isHard: true }, false],
    [{ invalidReplies: 1 }, false],
    [{ pinned: 'sonnet' }, false],
    [{ lowBudget: 'user/day' }, false],
  ])('%j: %s', (facts, expected) => {
    expect(mayClimb(choose(facts), MODELS)).toBe(expected);
  });
});

describe('lowLine', () => {
  const line = (limit: number, remaining: number) => ({
    scope: 'user',
    window: 'day' as const,
    unit: 'tokens' as const,
    limit,
    posted: limit - remaining,
    held: 0,
    remaining,
    resetsAt: null,
  });

  it.each([
    [100, 100, false],
    [100, 20.001, false],
    [100, 19, true],
    [0, 0, false],
  ])('of %d, %d left: %s', (limit, remaining, isLow) => {
    expect(lowLine([line(limit, remaining)], 0.8) !== undefined).toBe(isLow);
  });

  it('finds the one that is low among others', () => {
    expect(lowLine([line(100, 90), line(50, 1)], 0.8)).toMatchObject({ limit: 50 });
  });

  it('is never low where no alert is wanted', () => {
    expect(lowLine([line(100, 1)], 1)).toBeUndefined();
    expect(lowLine([line(100, 1)], 0)).toBeUndefined();
  });
});
