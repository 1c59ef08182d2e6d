import type { Env } from '@memori/config';

export interface StartFacts {
  readonly env: Env;
  readonly version: string;
  /** Where the server listens, as people on this machine reach it. */
  readonly url: string;
  /** The file that holds the administrator's key; null when it came from the configuration. */
  readonly adminKeyFile: string | null;
  /** Where the embedded PostgreSQL keeps its tables; undefined with a database of one's own. */
  readonly dataDir?: string;
  /** What the start found that somebody ought to know. */
  readonly notes?: readonly string[];
  /** A question that the demo data source answers without a model; undefined without the demo. */
  readonly demoQuestion?: string;
  /** A fake Claude stands in for the real one. */
  readonly simulated?: boolean;
}

/** The first screen: what runs, and what to do next. */
export function startBlock(facts: StartFacts): string {
  if (facts.env.MEMORI_ROLE === 'worker')
    return `\n  Memori ${facts.version} works off the line; health and metrics at ${facts.url}/health and ${facts.url}/metrics\n\n`;
  const { url, version } = facts;
  const lines: [string, string][] = [
    ['Swagger UI', facts.env.MEMORI_DOCS_ENABLED ? `${url}/docs` : 'off (MEMORI_DOCS_ENABLED=false)'],
    ['Admin key', facts.adminKeyFile ?? 'the value of MEMORI_ADMIN_KEY'],
    ['Model', modelLine(facts)],
    ['Data', facts.dataDir ?? 'in the PostgreSQL of MEMORI_DATABASE_URL'],
    ['Stop', 'Ctrl-C'],
    ...(facts.notes ?? []).map((note): [string, string] => ['Note', note]),
  ];
  const table = lines.map(([name, value]) => `  ${name.padEnd(12)}${value}`).join('\n');
  return [
    '',
    `  Memori ${version} is ready at ${url}`,
    '',
    table,
    '',
    facts.demoQuestion ? '  Ask the demo database a question (it needs no model):' : '  Try your key:',
    '',
    firstCall(facts),
    '',
    '  Add a database of your own (a role that may only read is best):',
    '',
    addDatabaseCall(facts),
    '',
    '',
  ].join('\n');
}

function modelLine({ env, simulated }: StartFacts): string {
  if (simulated) return 'simulated: a fake Claude answers, nothing is paid, and every answer begins with [simulated]';
  if (env.MEMORI_ANTHROPIC_API_KEY) return env.MEMORI_CLAUDE_MODEL;
  return 'none yet: put MEMORI_ANTHROPIC_API_KEY=… into .env.memori.local and start again; verified queries answer without it';
}

function firstCall(facts: StartFacts): string {
  if (!facts.demoQuestion) return `curl -sS ${facts.url}/v1/me ${bearer(facts)}`;
  return post(facts, '/v1/questions', { question: facts.demoQuestion, dataSourceId: 'demo' });
}

function addDatabaseCall(facts: StartFacts): string {
  return post(facts, '/v1/data-sources', {
    name: 'shop',
    dialect: 'postgresql',
    url: 'postgresql://reader:password@127.0.0.1:5432/shop',
  });
}

function post(facts: StartFacts, path: string, body: object): string {
  return `curl -sS ${facts.url}${path} ${bearer(facts)} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

/** The key itself stands nowhere on the screen. */
function bearer({ adminKeyFile }: StartFacts): string {
  const key = adminKeyFile ? `$(cat ${quoted(adminKeyFile)})` : '$MEMORI_ADMIN_KEY';
  return `-H "Authorization: Bearer ${key}"`;
}

/** For a POSIX shell: blanks, non-ASCII letters and quotes in a path all survive. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The address for people: a server that listens everywhere is reached here too. */
export function publicUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
