import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';

const REGISTER = join(__dirname, '../process/ts-register.cjs');

/** Runs an entry point as its npm script does, from the sources. */
function run(file: string, args: readonly string[] = []): ChildProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MEMORI_')));
  const options = { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
  return spawn(process.execPath, ['-r', REGISTER, join(__dirname, file), ...args], options);
}

async function outputOf(child: ChildProcess): Promise<{ text: string; code: number | null }> {
  const texts: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => texts.push(chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { text: texts.join(''), code };
}

describe('npm run fake', () => {
  it('serves the fake until it is told to stop', async () => {
    const child = run('fake.cli.ts', ['--port', '0', '--quiet', '--delay-ms', '0', '--answer', 'SELECT 1']);
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const client = new Anthropic({ apiKey: 'any', baseURL: line.toString().trim(), maxRetries: 0 });

    const message = await client.messages.create({
      model: 'claude-haiku-5-5',
      max_tokens: 500,
      messages: [{ role: 'user', content: 'How many?' }],
    });
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(JSON.stringify(message.content)).toContain('SELECT 1');
    expect(code).toBe(0);
  }, 30_000);

  it('says how to point Memori at it and which words do what', async () => {
    const child = run('fake.cli.ts', ['--port', '0']);
    child.stdout?.once('data', () => child.kill('SIGTERM'));

    const { text } = await outputOf(child);

    expect(text).toMatch(/MEMORI_ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\d+/);
    expect(text).toContain('clarify · ambiguous · 澄清');
  }, 30_000);

  it('explains itself when an option is wrong', async () => {
    const { text, code } = await outputOf(run('fake.cli.ts', ['--colour']));

    expect(text).toContain('--delay-ms');
    expect(code).toBe(1);
  }, 30_000);
});

describe('npm run smoke:live', () => {
  it('is skipped without a key, and says what to set', async () => {
    const { text, code } = await outputOf(run('../process/smoke-live.cli.ts'));

    expect(text).toMatch(/^skipped: set MEMORI_ANTHROPIC_API_KEY/);
    expect(code).toBe(0);
  }, 30_000);
});
