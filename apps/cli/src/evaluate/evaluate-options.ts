import { parseArgs } from 'node:util';
import {
  type CaseChoice,
  type EvaluationKind,
  type FactsMode,
  KINDS,
  type ModelMode,
  readFactsMode,
  readModelMode,
} from '@memori/evaluation';
import { httpUrl, UsageError } from '../options';
import type { SampleValues } from '@memori/text2sql';

/** What `evaluate` is to measure, on what, and where its report goes. */
export interface EvaluateOptions extends CaseChoice {
  readonly kind: EvaluationKind;
  readonly inputs: readonly string[];
  readonly databaseUrl?: string;
  readonly schemaMap?: string;
  readonly pooled: boolean;
  readonly model: ModelMode;
  readonly verified?: string;
  readonly facts: FactsMode;
  readonly url?: string;
  readonly key?: string;
  /** Read values as a data source with this setting does, and use them. */
  readonly values?: SampleValues;
  /** A file of what people call tables and columns. */
  readonly aliases?: string;
  /** Link with this provider's vectors too; left out: with those of MEMORI_EMBEDDING_PROVIDER, if any. */
  readonly vectors?: VectorProvider;
  readonly against?: string;
  readonly json?: string;
  readonly html?: string;
}

export const EVALUATE_HELP = `Usage: npm run memori -- evaluate linking|guard|cache|answers|followups|memory --input FILE… [options]

Measures on your own data. All but answers by a live model need no model and cost nothing.

  linking   are the tables of the gold SQL among those chosen for the question?
  guard     false alarms on gold SQL, misses on statements that are no reads
  cache     pairs of questions: which would be served from one another, rightly or wrongly?
  answers   do the answers have the rows that the gold SQL gives? boots a Memori of its own, or asks that of --url
  followups does the prompt of a follow-up hold what it needs, with history and memory and without?
  memory    are the turns that hold the answer among those found? boots a Memori of its own, or asks that of --url

  --input FILE…         JSON lines or CSV, .gz is taken: { db_id, question, query_pg } (linking, guard, answers; null
                        for a question that cannot be answered), { sql, class } (guard), { a, b, label } (cache),
                        { id, turns: [{ question, sql, must }] } (followups; 68 dialogues of ours when left out),
                        conversations with questions in the form of LoCoMo, BEAM or our lines (memory)
  --database-url URL    the database that the gold SQL is about (linking, answers; guard where there is gold SQL;
                        followups on your own data; cache, to ask verified queries again with other stored values)
  --schema-map MAP      "lower(db_id)", or a JSON file { "db_id": "schema" } (default: the schema of that name)
  --one-data-source     linking: all schemas of the database are one pool
  --model MODEL         answers: live (default) asks Claude · oracle submits the gold · prompts=FILE writes the requests
                        with a key each · replay=FILE answers from { key, completion } · record=FILE asks Claude and keeps
  --verified SOURCE     answers: the verified queries of this data source of a running Memori, in place of --input
  --facts FACTS         memory: none (default) · observations, those of the data set · a file of lines
                        { conversation, content, turnIds }, kept beside the turns
  --url URL --key KEY   answers, memory: the running Memori to ask, with an administrator's key
  --values safe|all     linking: reads stored values as a data source of that setting does; they help to choose tables,
                        and their own recall is measured (default: the question alone)
  --aliases FILE        linking: what people call tables and columns: { schema, table, aliases, columns: { name: [] } };
                        recall is measured with them and without
  --vectors PROVIDER    linking: none, use-lite, onnx or http: the same questions once more with vectors, reported beside
                        (default: MEMORI_EMBEDDING_PROVIDER)
  --limit N             only the first N cases
  --sample K --seed S   only K cases, drawn by S (default 1)
  --against FILE        compare with an earlier JSON report: exit code 1 when a figure fell beyond its interval
  --json FILE           write the report as JSON
  --html FILE           write it as a page

Exit codes: 0 done · 1 a regression · 2 bad input
`;

const FLAGS = {
  input: { type: 'string', multiple: true },
  'database-url': { type: 'string' },
  'schema-map': { type: 'string' },
  'one-data-source': { type: 'boolean', default: false },
  model: { type: 'string' },
  verified: { type: 'string' },
  facts: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  values: { type: 'string' },
  aliases: { type: 'string' },
  vectors: { type: 'string' },
  limit: { type: 'string' },
  sample: { type: 'string' },
  seed: { type: 'string' },
  against: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
} as const;

const VECTOR_PROVIDERS = ['none', 'use-lite', 'onnx', 'http'] as const;

export type VectorProvider = (typeof VECTOR_PROVIDERS)[number];

/** Options that say something to these kinds alone. */
const ONLY_FOR: Readonly<Record<string, readonly EvaluationKind[]>> = {
  model: ['answers'],
  verified: ['answers'],
  facts: ['memory'],
  url: ['answers', 'memory'],
  key: ['answers', 'memory'],
  aliases: ['linking'],
  vectors: ['linking'],
};

/** Reads what follows `evaluate`. `--input` takes one file or several. */
export function readEvaluateOptions(args: readonly string[]): EvaluateOptions {
  const { values, positionals } = parsed(args);
  const [kind, ...more] = positionals;
  const inputs = [...(values.input ?? []), ...more];
  if (!isKind(kind)) throw new UsageError(`"evaluate" needs to know what: ${KINDS.join(', ')}.`);
  checkFit(kind, values, inputs);
  return {
    kind,
    inputs,
    databaseUrl: values['database-url'],
    schemaMap: values['schema-map'],
    pooled: values['one-data-source'],
    model: modelMode(values.model ?? 'live'),
    verified: values.verified,
    facts: readFactsMode(values.facts ?? 'none'),
    url: values.url === undefined ? undefined : httpUrl(values.url),
    key: values.key,
    values: valuesSetting(values.values),
    aliases: values.aliases,
    vectors: vectorProvider(values.vectors),
    limit: wholeNumber('limit', values.limit),
    sample: wholeNumber('sample', values.sample),
    seed: values.seed === '0' ? 0 : wholeNumber('seed', values.seed),
    against: values.against,
    json: values.json,
    html: values.html,
  };
}

function checkFit(kind: EvaluationKind, values: ReturnType<typeof parsed>['values'], inputs: readonly string[]): void {
  for (const [name, kinds] of Object.entries(ONLY_FOR)) {
    if (values[name as keyof typeof values] !== undefined && !kinds.includes(kind))
      throw new UsageError(`--${name} is for "evaluate ${kinds.join(', ')}".`);
  }
  const ownSet = kind === 'followups' || values.verified !== undefined;
  if (inputs.length === 0 && !ownSet) throw new UsageError('--input names no file.');
  if (inputs.length > 0 && values.verified !== undefined)
    throw new UsageError('--verified takes the place of --input: give one of them.');
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? '');
  }
}

function valuesSetting(text: string | undefined): SampleValues | undefined {
  if (text === undefined || text === 'safe' || text === 'all') return text;
  throw new UsageError('--values is "safe" or "all".');
}

function vectorProvider(text: string | undefined): VectorProvider | undefined {
  const known = VECTOR_PROVIDERS.find((name) => name === text);
  if (known || text === undefined) return known;
  throw new UsageError(`--vectors is ${VECTOR_PROVIDERS.join(', ')}.`);
}

function isKind(text: string | undefined): text is EvaluationKind {
  return KINDS.includes(text as EvaluationKind);
}

function modelMode(text: string): ModelMode {
  const mode = readModelMode(text);
  if (mode) return mode;
  throw new UsageError('--model is live, oracle, replay=FILE, record=FILE or prompts=FILE.');
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} needs a whole number of 1 or more.`);
}
