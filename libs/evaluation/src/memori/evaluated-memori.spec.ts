import { parseEnv } from '@memori/config';
import { bootEnv } from './evaluated-memori';

const own = {
  MEMORI_DATABASE_URL: 'postgresql://mine@host/memori',
  MEMORI_ADMIN_KEY: 'the-key-of-my-own-memori',
  MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
  MEMORI_REDIS_URL: 'redis://mine',
  MEMORI_CLAUDE_MODEL: 'claude-mine-5',
  MEMORI_MONTHLY_BUDGET_USD: '20',
  MEMORI_DAILY_TOKEN_LIMIT: '5',
};

describe('bootEnv', () => {
  const boot = (isPaid: boolean) =>
    bootEnv({ model: { baseUrl: 'http://127.0.0.1:1', key: 'k' }, env: parseEnv(own), isPaid, atOnce: 3 });

  it("keeps the caller's models and nothing of where his own data is", () => {
    const env = boot(true);

    expect(env['MEMORI_CLAUDE_MODEL']).toBe('claude-mine-5');
    expect(Object.keys(env).filter((name) => /DATABASE|REDIS|ADMIN_KEY|ENCRYPTION|DATA_DIR/.test(name))).toEqual([]);
  });

  it('is a configuration that Memori takes, without cache and daily limit', () => {
    const env = parseEnv(boot(true));

    expect(env).toMatchObject({ MEMORI_ENABLE_CACHING: false, MEMORI_BACKGROUND_MODEL_CALLS: false });
    expect(env.MEMORI_DAILY_TOKEN_LIMIT).toBeGreaterThan(1e9);
    expect(env.MEMORI_MAX_REQUESTS_PER_USER).toBe(3);
  });

  it("holds to the caller's limit in money where calls cost any", () => {
    expect(parseEnv(boot(true)).MEMORI_MONTHLY_BUDGET_USD).toBe(20);
    expect(parseEnv(boot(false)).MEMORI_MONTHLY_BUDGET_USD).toBeUndefined();
  });
});
