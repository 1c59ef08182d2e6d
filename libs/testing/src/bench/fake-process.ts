import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ENTRY = join(__dirname, '../claude/fake.cli.js');

/** The fake Claude in a process of its own, as it would be at the end of a wire. */
export class FakeProcess {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Answers every question with the same SQL; at once, unless it is to take its time. Without limits: this is about us, not about the pacer. */
  static async start(answer: string, delayMs = 0): Promise<FakeProcess> {
    const args = ['--port', '0', '--delay-ms', String(delayMs), '--no-limits', '--quiet', '--answer', answer];
    const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new FakeProcess(line.toString().trim(), child);
  }

  /** The body of the last request that it was sent. */
  async lastBody(): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/fake/requests`);
    const { items } = (await response.json()) as { items: { body: Record<string, unknown> }[] };
    const last = items.at(-1);
    if (!last) throw new Error('The fake Claude was asked nothing.');
    return last.body;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
