import { parseEnv } from '@memori/config';
import { PriceTable } from '@memori/budget';
import { modelFindings } from './model-findings';

const prices = PriceTable.bundled();
const env = parseEnv({ MEMORI_CLAUDE_FAST_MODEL: 'claude-sonnet-4-5-20250929' });

describe('modelFindings', () => {
  it('finds nothing wrong with the defaults', () => {
    expect(modelFindings(parseEnv({}), prices, new Date('2030-01-01'))).toEqual([]);
  });

  it.each([
    ['2026-10-30T00:00:00Z', undefined],
    ['2026-11-01T00:00:00Z', 'warning'],
    ['2026-11-30T23:59:59Z', 'warning'],
    ['2026-12-01T00:00:00Z', 'error'],
  ])('at %s says %s about a model that ends on 2026-11-30', (now, severity) => {
    expect(modelFindings(env, prices, new Date(now))[0]?.severity).toBe(severity);
  });

  it('names the variable and the models that have a price', () => {
    const [finding] = modelFindings(parseEnv({ MEMORI_CLAUDE_MODEL: 'claude-9' }), prices, new Date());

    expect(finding).toMatchObject({ severity: 'error', variable: 'MEMORI_CLAUDE_MODEL' });
    expect(finding?.message).toContain('claude-sonnet-5-5');
  });
});
