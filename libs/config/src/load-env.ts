import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv as parseEnvFile } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Env, SECRET_VARIABLES } from './env';

type Raw = Record<string, string | undefined>;

/** The checked configuration of one process. Throws one Error that names every wrong variable and no value. */
export function parseEnv(given: Raw): Env {
  const raw = withOneSpelling(given);
  const env = plainToInstance(Env, withoutEmpty(withSecretFiles(raw)), { exposeDefaultValues: true });
  const failures = validateSync(env, { whitelist: true });
  // A constraint names the variable and the rule, never the value: no secret reaches the log.
  const wrong = failures.flatMap((failure) => Object.values(failure.constraints ?? {}));
  wrong.push(...unknownVariables(raw), ...contradictions(env));
  if (wrong.length > 0) throw new Error(`Invalid environment:\n  ${wrong.join('\n  ')}`);
  return env;
}

/** Reads `.env.memori`, then `.env.memori.local`, then the environment; the later wins. */
export function loadEnv(directory: string, environment: Raw = process.env): Env {
  const files = ['.env.memori', '.env.memori.local'].map((name) => readEnvFile(join(directory, name)));
  return parseEnv(mergeLayers(...files, environment));
}

/** What a program that is started from here inherits of the environment: nothing of Memori's own. */
export function environmentWithoutMemori(environment: Raw = process.env): Raw {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('MEMORI_')));
}

/** An empty value in a later layer does not hide an earlier one: empty means unset. */
export function mergeLayers(...layers: Raw[]): Raw {
  return Object.assign({}, ...layers.map(onlyOurs).map(withoutEmpty)) as Raw;
}

function readEnvFile(path: string): Raw {
  return existsSync(path) ? parseEnvFile(readFileSync(path, 'utf8')) : {};
}

function onlyOurs(raw: Raw): Raw {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => name.startsWith('MEMORI_')));
}

function withoutEmpty(raw: Raw): Raw {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined && value.trim() !== ''));
}

/** MEMORI_EMBEDDING_URL says the same as MEMORI_EMBEDDING_PROVIDER_URL; the long name wins. */
function withOneSpelling(raw: Raw): Raw {
  const short = /^MEMORI_EMBEDDING_(?=(URL|MODEL|API_KEY|API_KEY_FILE)$)/;
  const [others, ours] = [{} as Raw, {} as Raw];
  for (const [name, value] of Object.entries(raw))
    (short.test(name) ? others : ours)[name.replace(short, 'MEMORI_EMBEDDING_PROVIDER_')] = value;
  return { ...others, ...withoutEmpty(ours) };
}

/** Docker and Kubernetes hand secrets over as files: NAME_FILE is read when NAME itself is unset. */
function withSecretFiles(raw: Raw): Raw {
  const merged = { ...raw };
  for (const name of SECRET_VARIABLES) {
    const path = raw[`${name}_FILE`];
    delete merged[`${name}_FILE`];
    if (!path || raw[name]) continue;
    try {
      merged[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      throw new Error(`Invalid environment:\n  ${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return merged;
}

/** A misspelt variable that is silently ignored is the commonest way to run with the wrong limit. */
function unknownVariables(raw: Raw): string[] {
  // MEMORI_TEST_… steers the project's own tests.
  const known = new Set<string>([
    ...Object.keys(new Env()),
    ...OPTIONAL,
    ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
  ]);
  return Object.keys(raw)
    .filter((name) => name.startsWith('MEMORI_') && !name.startsWith('MEMORI_TEST_') && !known.has(name))
    .map((name) => `${name} is not a variable of Memori; .env.memori lists them all`);
}

/** Variables without a default, which an instance of Env therefore does not show. */
const OPTIONAL: readonly (keyof Env)[] = [
  'MEMORI_ANTHROPIC_BASE_URL',
  'MEMORI_MONTHLY_BUDGET_USD',
  'MEMORI_DEFAULT_LANGUAGE',
  'MEMORI_ADMIN_KEY',
  'MEMORI_ENCRYPTION_KEY',
];

export function variableNames(): string[] {
  return [...new Set([...Object.keys(new Env()), ...OPTIONAL])];
}

function contradictions(env: Env): string[] {
  const wrong: string[] = [];
  if (env.MEMORI_ROLE !== 'all' && !env.MEMORI_DATABASE_URL)
    wrong.push(`MEMORI_ROLE=${env.MEMORI_ROLE} needs MEMORI_DATABASE_URL: the embedded PostgreSQL serves one process`);
  if (env.MEMORI_DATABASE_URL && !env.MEMORI_ADMIN_KEY)
    wrong.push('MEMORI_ADMIN_KEY must be set with MEMORI_DATABASE_URL');
  if (env.MEMORI_DATABASE_URL && !env.MEMORI_ENCRYPTION_KEY)
    wrong.push(
      'MEMORI_ENCRYPTION_KEY must be set with MEMORI_DATABASE_URL: 32 bytes, as from `openssl rand -base64 32`',
    );
  for (const name of ['MEMORI_DATABASE_URL', 'MEMORI_DATABASE_DIRECT_URL'] as const)
    if (env[name] && !/^postgres(ql)?:\/\/./.test(env[name]))
      wrong.push(`${name} must be an address such as postgresql://user:password@host:5432/memori`);
  if (env.MEMORI_REDIS_URL && !isRedisUrl(env.MEMORI_REDIS_URL))
    wrong.push('MEMORI_REDIS_URL must be an address such as redis://host:6379, or rediss:// with TLS');
  if (!isTimeZone(env.MEMORI_DEFAULT_TIMEZONE)) wrong.push('MEMORI_DEFAULT_TIMEZONE must be an IANA time zone');
  return wrong;
}

function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\//.test(text) && URL.canParse(text);
}

function isTimeZone(name: string): boolean {
  // Intl may take offsets such as "+05:00", which PostgreSQL reads with the opposite sign.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
