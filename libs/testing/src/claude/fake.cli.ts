import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { think } from './brain';
import { FakeClaude } from './fake-claude';
import { type Reply, replies } from './reply';
import type { ClaudeRequest } from './request';
import { STEERINGS } from './steering';

const USAGE = `Serves a fake Claude.

  --port 4010         port to listen on (0: a free one)
  --host 127.0.0.1    address to listen on
  --delay-ms 300      how long it pretends to think
  --golds FILE        JSON object, question → SQL
  --answer SQL        the same SQL for every question, words or not
  --real-limits       enforces the limits of a first tier: 1,000 requests, 2 M input, 400 K output tokens a minute
  --no-limits         tells of no limit that anybody could come near, so that nobody slows down
  --quiet             prints the address alone
`;

const FIRST_TIER = { requests: 1_000, inputTokens: 2_000_000, outputTokens: 400_000 };

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      'delay-ms': { type: 'string', default: '300' },
      golds: { type: 'string' },
      answer: { type: 'string' },
      'real-limits': { type: 'boolean', default: false },
      'no-limits': { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** Called when this file is run: `npm run fake`. */
async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return void process.stdout.write(USAGE);
  const golds = options.golds ? (JSON.parse(readFileSync(options.golds, 'utf8')) as Record<string, string>) : {};
  const claude = await FakeClaude.start({
    port: Number(options.port),
    host: options.host,
    golds,
    keepRequests: 100,
    limits: options['no-limits'] ? {} : { ...FIRST_TIER, enforced: options['real-limits'] },
  });
  const { answer } = options;
  const reply = (request: ClaudeRequest) => (answer === undefined ? think(request) : replies.sql(answer));
  // Golds answer at once.
  claude.answers((request): Reply => replies.delay(Number(options['delay-ms']), reply(request)));
  process.stdout.write(options.quiet ? `${claude.url}\n` : introduction(claude.url));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void claude.stop());
}

function introduction(url: string): string {
  const width = Math.max(...STEERINGS.map(({ words }) => displayWidth(words)));
  const words = STEERINGS.map(({ words, does }) => `  ${words}${' '.repeat(width - displayWidth(words))}  ${does}`);
  return `A fake Claude serves the Messages API at ${url}

Point Memori at it, in .env.memori.local or the environment:

  MEMORI_ANTHROPIC_BASE_URL=${url}
  MEMORI_ANTHROPIC_API_KEY=fake

(npm run demo:model starts both at once.) It answers with a plain query over a table of the prompt, labelled
[simulated]. Words in the question choose something else:

${words.join('\n')}

GET ${url}/fake/requests shows what it was sent lately. Ctrl-C stops it.
`;
}

/** Columns on a terminal: a Chinese character takes two. */
function displayWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n${USAGE}`);
  process.exitCode = 1;
});
