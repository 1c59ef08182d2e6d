import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { FakeClaude } from './fake-claude';
import { STEERINGS } from './steering';

/** Beside this file as it is run: compiled, or in a test from the sources. */
const ENTRY = join(__dirname, `../../../../apps/memori/src/main${extname(__filename)}`);
/** Simulated answers never mix with those of the real data directory. */
const DATA_DIR = '.memori-simulated';

/** Called when this file is run: `npm run demo:model` starts Memori with a fake Claude beside it. */
async function main(): Promise<void> {
  const claude = await FakeClaude.start({ keepRequests: 100 });
  process.stdout.write(introduction(claude.url));
  const memori = spawn(process.execPath, [...process.execArgv, ENTRY, '--simulated'], {
    stdio: 'inherit',
    env: {
      MEMORI_DATA_DIR: DATA_DIR,
      ...process.env,
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      MEMORI_ANTHROPIC_API_KEY: 'simulated',
    },
  });
  // The terminal sends Ctrl-C to both; Memori ends in its own time, and the fake after it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void memori.kill(signal));
  memori.once('exit', (code) => {
    process.exitCode = code ?? 1;
    void claude.stop();
  });
}

function introduction(url: string): string {
  const words = STEERINGS.map(({ words }) => words.split(' · ')[0]).join(', ');
  return `A fake Claude at ${url} answers instead of the real one: every answer begins with [simulated],
those of verified queries too, and every response has the header X-Memori-Simulated: true.
Words in a question choose what happens: ${words}. \`npm run fake -- --help\` tells more.
`;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
