import { LEAST_MARGIN, type UncertaintyFacts, uncertaintySigns } from './uncertainty';

const sure: UncertaintyFacts = { isHard: false, repairs: 0, missingTexts: 0, linkingMargin: undefined };

describe('uncertaintySigns', () => {
  it.each<[string, Partial<UncertaintyFacts>, string[]]>([
    ['a first try in a schema that fits', {}, []],
    ['a hard question', { isHard: true }, ['hard-question']],
    ['a repair', { repairs: 1 }, ['repaired']],
    ['a text that is not stored', { missingTexts: 2 }, ['missing-value']],
    ['tables that are far apart', { linkingMargin: LEAST_MARGIN }, []],
    ['a table left out that fits as well', { linkingMargin: LEAST_MARGIN / 2 }, ['tables-close']],
    [
      'all of it',
      { isHard: true, repairs: 1, missingTexts: 1, linkingMargin: 0 },
      ['hard-question', 'repaired', 'missing-value', 'tables-close'],
    ],
  ])('of %s', (_, facts, signs) => {
    expect(uncertaintySigns({ ...sure, ...facts })).toEqual(signs);
  });
});
