import { countByScript, countTokens } from './count-tokens';
import { estimateTokens, mostTokens } from './estimate-tokens';
import { hasNewTokenizer, takesEffort } from './model-family';

describe('countTokens', () => {
  it.each([
    ['', 0],
    ['hello world', 2],
    ['SELECT count(*) FROM customers', 5],
  ])('counts %j', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens);
  });

  it('takes names of special tokens for ordinary text', () => {
    expect(countTokens('<EOT> <META_START><META_END> <|endoftext|> <SOS>')).toBeGreaterThan(5);
  });

  it.each([
    ['letters', 'a'.repeat(200_000)],
    ['spaces', ' '.repeat(200_000)],
    ['signs', '!'.repeat(200_000)],
    ['digits', '7'.repeat(200_000)],
    ['emoji', '😀'.repeat(50_000)],
    ['random letters', Array.from({ length: 100_000 }, (_, i) => String.fromCharCode(97 + ((i * 7919) % 26))).join('')],
  ])('does not let a run of %s block the process', (_, text) => {
    // Quadratic, this would be minutes and not pass Jest's own limit of five seconds.
    expect(countTokens(text)).toBeGreaterThan(500);
  });

  it('survives half surrogate pairs and control characters', () => {
    expect(countTokens('\ud800 \udc00\0\u0007')).toBeGreaterThan(0);
  });

  it('counts a long run about as it counts its parts', () => {
    const word = 'Lieferantenrechnungsnummer';
    const run = countTokens(word.repeat(40));
    const parts = countTokens(`${word} `.repeat(40));

    expect(run / parts).toBeGreaterThan(0.7);
    expect(run / parts).toBeLessThan(1.4);
  });

  it('tells the Chinese part from the rest', () => {
    const { cjk, other } = countByScript('活跃客户指近30天下过单的客户 SELECT 1');

    expect(cjk).toBeGreaterThan(8);
    expect(other).toBeGreaterThan(1);
  });
});

describe('estimateTokens', () => {
  const english = 'How many customers bought more than ten bags of coffee in March? '.repeat(20);
  const chinese = '三月份购买超过十袋咖啡的客户有多少'.repeat(20);

  it('counts more for the newer tokenizer, but not for Chinese', () => {
    const count = countTokens(english);

    expect(estimateTokens(english, 'claude-haiku-4-5-20251001')).toBe(Math.ceil(count * 1.02));
    expect(estimateTokens(english, 'claude-sonnet-5-5')).toBe(Math.ceil(count * 1.31));
    expect(estimateTokens(chinese, 'claude-sonnet-5-5')).toBe(Math.ceil(countTokens(chinese) * 1.02));
  });

  it('bounds from above with room to spare', () => {
    const count = countTokens(english);

    expect(mostTokens(english, 'claude-haiku-4-5-20251001')).toBe(Math.ceil(count * 1.15));
    expect(mostTokens(english, 'claude-sonnet-5-5')).toBe(Math.ceil(count * 1.7));
    expect(mostTokens(english, 'some-local-model')).toBe(Math.ceil(count * 1.7));
    expect(mostTokens(chinese, 'claude-sonnet-5-5')).toBe(Math.ceil(countTokens(chinese) * 1.15));
  });
});

describe('the family of a model', () => {
  it.each([
    ['claude-haiku-5-5', true, true],
    ['claude-opus-5', true, true],
    ['claude-opus-4-7', true, false],
    ['claude-opus-4-6', false, false],
    ['claude-sonnet-4-6', false, false],
    ['claude-sonnet-4-5-20250929', false, false],
    ['claude-haiku-4-5-20251001', false, false],
    ['claude-3-5-sonnet-20241022', false, false],
    ['claude-sonnet-4-20250514', false, false],
    ['a-model-of-somebody', true, true],
  ])('%s: newer tokenizer %s, takes effort %s', (model, isNew, effort) => {
    expect([hasNewTokenizer(model), takesEffort(model)]).toEqual([isNew, effort]);
  });
});
