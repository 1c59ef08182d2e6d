import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv as parseEnvFile } from 'node:util';
import { Env, SECRET_VARIABLES } from './env';
import { loadEnv, mergeLayers, parseEnv, variableNames } from './load-env';

const KEYS = { MEMORI_ADMIN_KEY: 'a-key-of-16-chars', MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32) };

describe('parseEnv', () => {
  it('gives every default when nothing is set', () => {
    expect(parseEnv({})).toEqual(new Env());
  });

  it('reads numbers, flags and texts', () => {
    const env = parseEnv({ MEMORI_PORT: '8080', MEMORI_DOCS_ENABLED: 'false', MEMORI_MONTHLY_BUDGET_USD: '12.5' });

    expect(env).toMatchObject({ MEMORI_PORT: 8080, MEMORI_DOCS_ENABLED: false, MEMORI_MONTHLY_BUDGET_USD: 12.5 });
  });

  it('takes an empty value for unset', () => {
    expect(parseEnv({ MEMORI_PORT: '', MEMORI_ANTHROPIC_BASE_URL: ' ' }).MEMORI_PORT).toBe(3000);
  });

  it.each([
    ['MEMORI_PORT', 'eighty'],
    ['MEMORI_PORT', '70000'],
    ['MEMORI_PORT', '3000.5'],
    ['MEMORI_DOCS_ENABLED', 'yes'],
    ['MEMORI_ROLE', 'both'],
    ['MEMORI_BUDGET_ALERT_THRESHOLD', '1.1'],
    ['MEMORI_ANTHROPIC_BASE_URL', 'not a url'],
    ['MEMORI_DEFAULT_TIMEZONE', 'Mars/Olympus'],
    ['MEMORI_DATABASE_URL', 'db.example.com/memori'],
    ['MEMORI_DATABASE_DIRECT_URL', 'mysql://host/memori'],
    ['MEMORI_REDIS_URL', 'cache.example.com:6379'],
    ['MEMORI_REDIS_URL', 'redis://cache.example.com:port'],
    ['MEMORI_ADMIN_KEY', 'short'],
    ['MEMORI_ENCRYPTION_KEY', 'not-32-bytes'],
  ])('names %s when it is %j, and never the value', (name, value) => {
    const parse = () => parseEnv({ [name]: value });

    expect(parse).toThrow(new RegExp(name));
    expect(parse).not.toThrow(new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '(?! )'));
  });

  it('takes the short spelling of what belongs to the embedding provider, and lets the long one win', () => {
    const env = parseEnv({
      MEMORI_EMBEDDING_URL: 'http://one',
      MEMORI_EMBEDDING_PROVIDER_MODEL: 'long',
      MEMORI_EMBEDDING_MODEL: 'short',
    });

    expect(env.MEMORI_EMBEDDING_PROVIDER_URL).toBe('http://one');
    expect(env.MEMORI_EMBEDDING_PROVIDER_MODEL).toBe('long');
  });

  it('refuses a misspelt variable instead of ignoring it', () => {
    expect(() => parseEnv({ MEMORI_DAILY_TOKENS_LIMIT: '5' })).toThrow('MEMORI_DAILY_TOKENS_LIMIT is not a variable');
  });

  it('names every wrong variable at once', () => {
    expect(() => parseEnv({ MEMORI_PORT: 'x', MEMORI_ROLE: 'y' })).toThrow(/MEMORI_PORT[\s\S]*MEMORI_ROLE/);
  });

  it('wants both keys as soon as the database is yours', () => {
    const url = 'postgresql://memori@db/memori';

    expect(() => parseEnv({ MEMORI_DATABASE_URL: url })).toThrow(/MEMORI_ADMIN_KEY[\s\S]*MEMORI_ENCRYPTION_KEY/);
    expect(parseEnv({ MEMORI_DATABASE_URL: url, ...KEYS }).MEMORI_DATABASE_URL).toBe(url);
  });

  it('lets a role of its own run only beside a database of yours', () => {
    expect(() => parseEnv({ MEMORI_ROLE: 'worker' })).toThrow('needs MEMORI_DATABASE_URL');
  });

  it('reads a secret from NAME_FILE when NAME is unset', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'memori-env-')), 'key');
    writeFileSync(path, 'sk-from-a-file\n');

    expect(parseEnv({ MEMORI_ANTHROPIC_API_KEY_FILE: path }).MEMORI_ANTHROPIC_API_KEY).toBe('sk-from-a-file');
    expect(
      parseEnv({ MEMORI_ANTHROPIC_API_KEY_FILE: path, MEMORI_ANTHROPIC_API_KEY: 'sk-direct' }).MEMORI_ANTHROPIC_API_KEY,
    ).toBe('sk-direct');
  });

  it('says which secret file cannot be read', () => {
    expect(() => parseEnv({ MEMORI_ADMIN_KEY_FILE: '/nowhere/key' })).toThrow(
      'MEMORI_ADMIN_KEY_FILE cannot be read: ENOENT',
    );
  });
});

describe('loadEnv', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memori-env-'));
  writeFileSync(join(folder, '.env.memori'), 'MEMORI_PORT=1000\nMEMORI_HOST=file\nMEMORI_LOG_LEVEL=warn\n');
  writeFileSync(join(folder, '.env.memori.local'), 'MEMORI_PORT=2000\nMEMORI_HOST=local\nMEMORI_LOG_LEVEL=\n');

  it('lets the local file win over the defaults and the environment over both', () => {
    const env = loadEnv(folder, { MEMORI_PORT: '3456', PATH: '/bin' });

    expect([env.MEMORI_PORT, env.MEMORI_HOST, env.MEMORI_LOG_LEVEL]).toEqual([3456, 'local', 'warn']);
  });

  it('does without the files', () => {
    expect(loadEnv(join(folder, 'nowhere'), {})).toEqual(new Env());
  });
});

describe('mergeLayers', () => {
  it('ignores variables that are not of Memori', () => {
    expect(mergeLayers({ HOME: '/root', MEMORI_PORT: '1' })).toEqual({ MEMORI_PORT: '1' });
  });
});

describe('.env.memori', () => {
  const text = readFileSync(join(__dirname, '../../../.env.memori'), 'utf8');
  const file = parseEnvFile(text) as Record<string, string>;

  it('lists every variable once, each under a line that explains it', () => {
    const listed = text.match(/^MEMORI_\w+(?==)/gm) ?? [];
    const explained = text.match(/^# .+\n(?=MEMORI_)/gm) ?? [];

    expect([...listed].sort()).toEqual([...variableNames()].sort());
    expect(explained).toHaveLength(listed.length);
  });

  it('holds the defaults of Env', () => {
    expect(parseEnv(file)).toEqual(new Env());
  });

  it('holds no secret', () => {
    expect(SECRET_VARIABLES.filter((name) => file[name])).toEqual([]);
  });
});
