import { usageCsv } from './usage-csv';
import type { UsageItem } from './usage-report';

const anItem = (more: Partial<UsageItem> = {}): UsageItem => ({
  key: 'ada',
  attempts: 2,
  inputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 5,
  costUsd: 0.000054,
  answersWithoutModel: 0,
  savedUsd: 0,
  savedByProviderCacheUsd: 0,
  savedByVerifiedQueriesUsd: 0,
  savedByAnswerCacheUsd: 0,
  savedTokens: 0,
  ...more,
});

const keyOf = (key: string | null) =>
  usageCsv([anItem({ key })])
    .split('\r\n')[1]
    ?.replace(/,2,10,.*$/s, '');

describe('usageCsv', () => {
  it('has a header, a line for each item, and a line end after each', () => {
    expect(usageCsv([anItem()])).toBe(
      'key,attempts,inputTokens,cacheReadTokens,cacheWriteTokens,outputTokens,costUsd,answersWithoutModel,savedUsd,' +
        'savedByProviderCacheUsd,savedByVerifiedQueriesUsd,savedByAnswerCacheUsd,savedTokens\r\n' +
        'ada,2,10,0,0,5,0.000054,0,0,0,0,0,0\r\n',
    );
  });

  it('writes small numbers out', () => {
    expect(usageCsv([anItem({ costUsd: 1e-9 })])).toContain(',0.000000001,');
  });

  it.each([
    [null, ''],
    ['张伟', '张伟'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    [' spaced', '" spaced"'],
    ['=HYPERLINK("http://evil")', '"\'=HYPERLINK(""http://evil"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@user', "'@user"],
  ])('writes the key %j as %s', (key, cell) => {
    expect(keyOf(key)).toBe(cell);
  });
});
