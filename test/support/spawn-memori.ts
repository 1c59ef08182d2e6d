import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const REGISTER = join(ROOT, 'libs/testing/src/process/ts-register.cjs');

const PROGRAMS = {
  memori: 'apps/memori/src/main.ts',
  cli: 'apps/cli/src/main.ts',
  'demo-model': 'libs/testing/src/claude/demo-model.cli.ts',
};

/** A program of the house in a process of its own, run from its sources. */
export interface Spawned {
  readonly child: ChildProcess;
  /** All that it wrote so far. */
  readonly output: { out: string; err: string };
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves when it wrote something that matches; rejects when it ends without. */
  wrote(pattern: RegExp): Promise<string>;
}

export function spawnApp(
  main: keyof typeof PROGRAMS,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; ownGroup?: boolean },
): Spawned {
  const script = join(ROOT, PROGRAMS[main]);
  // Nothing of the caller's own MEMORI_… variables is passed on.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MEMORI_|JEST_|NODE_OPTIONS)/.test(name)),
  );
  const child = spawn(process.execPath, ['-r', REGISTER, script, ...args], {
    cwd: options.cwd,
    env: { ...inherited, ...options.env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup,
  });
  const output = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const note = (stream: 'out' | 'err') => (chunk: Buffer) => {
    output[stream] += chunk.toString();
    for (const look of listeners) look();
  };
  child.stdout.on('data', note('out'));
  child.stderr.on('data', note('err'));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const wrote = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const text = output.out + output.err;
        if (!pattern.test(text)) return;
        listeners.delete(look);
        resolve(text);
      };
      listeners.add(look);
      void ended.then((code) => reject(new Error(`It ended with ${String(code)}:\n${output.out}\n${output.err}`)));
      look();
    });
  return { child, output, ended, wrote };
}
