import { MODELS } from './models';
import { countTokens } from './tokens';

const [newer, older] = [MODELS[0], MODELS.at(-1)] as [(typeof MODELS)[0], (typeof MODELS)[0]];

describe('countTokens', () => {
  it('counts about 30 % more for the newer tokenizer, and about the same for Chinese', () => {
    const english = 'Which customers ordered more than ten bags of coffee in the last month? '.repeat(20);
    const chinese = '活跃客户指近三十天下过单的客户'.repeat(20);

    expect(countTokens(english, newer) / countTokens(english, older)).toBeCloseTo(1.28, 1);
    expect(countTokens(chinese, newer) / countTokens(chinese, older)).toBeCloseTo(0.98, 1);
  });

  it('counts text that holds special tokens, and nothing for nothing', () => {
    expect(countTokens('<EOT><META>hello', newer)).toBeGreaterThan(3);
    expect(countTokens('', newer)).toBe(0);
  });

  it('counts a long text without a break piece by piece', () => {
    expect(countTokens('中'.repeat(10_000), older)).toBeGreaterThanOrEqual(10_000);
  });
});
