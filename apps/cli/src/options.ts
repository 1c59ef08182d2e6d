import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  readonly command: 'ask' | 'help';
  readonly question: string;
  readonly dataSource?: string;
  readonly session?: string;
  readonly language?: string;
  readonly timeZone?: string;
  readonly maxRows?: number;
  readonly json: boolean;
  readonly url?: string;
  readonly key?: string;
}

/** The command line is not understood. The message is for people. */
export class UsageError extends Error {}

export const HELP = `Usage: npm run memori -- ask "How many customers do we have?" [options]

Asks a running Memori and prints the answer as a table, with its SQL and its cost.
How to measure Memori on your own data: npm run memori -- evaluate --help
To remove from the disk what was forgotten: npm run memori -- scrub --help

  --data-source NAME  the data source: its name or id (may be left out when there is one)
  --session ID        the session that the question continues: its id, or ext:YOUR-ID
  --language TAG      the language of the answer, as in zh-CN (default: that of the question)
  --time-zone ZONE    the time zone of the asker, as in Europe/Berlin
  --max-rows N        most rows to read
  --json              print the answer as JSON, as it came
  --url URL           where Memori is (default: http://127.0.0.1:MEMORI_PORT)
  --key KEY           the key (default: MEMORI_ADMIN_KEY, else admin.key in MEMORI_DATA_DIR)
  --help              this text

Exit codes: 0 answered · 1 an error · 2 wrong usage · 3 no answer, but a question back or a refusal
`;

const FLAGS = {
  'data-source': { type: 'string' },
  session: { type: 'string' },
  language: { type: 'string' },
  'time-zone': { type: 'string' },
  'max-rows': { type: 'string' },
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [command, ...words] = positionals;
  const base = { json: values.json, question: words.join(' ').trim() };
  if (values.help || command === undefined || command === 'help') return { ...base, command: 'help' };
  if (command !== 'ask') throw new UsageError(`There is no command "${command}".`);
  if (base.question === '') throw new UsageError('There is no question. Put it in quotes after "ask".');
  return {
    ...base,
    command,
    dataSource: values['data-source'],
    session: values.session,
    language: values.language,
    timeZone: values['time-zone'],
    maxRows: values['max-rows'] === undefined ? undefined : wholeNumber(values['max-rows']),
    url: values.url === undefined ? undefined : httpUrl(values.url),
    key: values.key,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? '');
  }
}

export function httpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new UsageError('--url needs an address such as http://127.0.0.1:3000.');
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError('--max-rows needs a whole number.');
}
