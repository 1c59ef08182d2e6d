import { setTimeout as sleep } from 'node:timers/promises';
import { bill } from './checks/bill';
import type { Check, Finding } from './checks/check';
import { drained } from './checks/drained';
import { isolation } from './checks/isolation';
import { money } from './checks/money';
import { nothingLost } from './checks/nothing-lost';
import { slots } from './checks/slots';
import type { Result } from './report';
import type { Scenario } from './scenario';
import { World, type WorldOptions } from './world/world';

/** The line drains first: the others look at what is left then. */
const CHECKS: readonly Check[] = [drained, money, bill, slots, nothingLost, isolation];
const LONGEST_MS = 300_000;
const LONGEST_CHECK_MS = 330_000;
const LOG_TAIL = 3000;

type Options = Pick<WorldOptions, 'mode' | 'isShort' | 'seed' | 'print'>;

/** Runs scenarios one after the other. Those that want nothing special share a world until one of them fails. */
export class Runner {
  private shared?: World;

  async run(scenario: Scenario, options: Options): Promise<Result> {
    const started = performance.now();
    const findings: Finding[] = [];
    let problem: string | undefined;
    let world: World | undefined;
    try {
      world = await this.worldFor(scenario, options);
      await within(LONGEST_MS, scenario.run(world));
    } catch (error) {
      problem = (error as Error).stack ?? String(error);
      options.print(`   ✗ ${problem}`);
    }
    await world?.calm();
    if (world) for (const check of CHECKS) findings.push(...(await findingsOf(check, world)));
    const state = problem || findings.some(({ isSo }) => !isSo) ? 'failed' : 'passed';
    for (const finding of findings) options.print(lineOf(finding));
    if (world && state === 'failed') showLogs(world);
    if (world && (state === 'failed' || world !== this.shared)) await this.closeWorld(world);
    const ms = performance.now() - started;
    return { name: scenario.name, mode: options.mode, state, ms, findings, ...(problem && { problem }) };
  }

  /** Ends every process that was started. */
  async close(): Promise<void> {
    if (this.shared) await this.closeWorld(this.shared);
  }

  private async worldFor(scenario: Scenario, options: Options): Promise<World> {
    if (this.shared && this.shared.mode !== options.mode) await this.closeWorld(this.shared);
    if (scenario.world) return World.open({ ...options, ...scenario.world });
    if (this.shared) await this.shared.heal();
    return (this.shared ??= await World.open(options));
  }

  private async closeWorld(world: World): Promise<void> {
    if (world === this.shared) this.shared = undefined;
    await world.close();
  }
}

async function findingsOf(check: Check, world: World): Promise<Finding[]> {
  try {
    return await within(LONGEST_CHECK_MS, check(world));
  } catch (error) {
    return [{ sentence: `The check "${check.name}" could be made`, isSo: false, evidence: String(error) }];
  }
}

function lineOf({ sentence, isSo, evidence }: Finding): string {
  return `   ${isSo ? '✓' : '✗'} ${sentence} (${evidence})`;
}

/** What the processes had to say, without the lines of everyday. */
function showLogs(world: World): void {
  world.instances.forEach(({ role, pid, log }) => {
    const lines = log.split('\n').filter((line) => !line.includes('"level":"info"') && !/"level":30\b/.test(line));
    world.print(`   ── log of ${role} ${pid}\n${lines.join('\n').slice(-LOG_TAIL)}`);
  });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const tooLate = sleep(ms, undefined, { signal: patience.signal }).then(
    () => Promise.reject(new Error(`It took longer than ${ms / 1000} s.`)),
    () => new Promise<never>(() => undefined),
  );
  return Promise.race([work, tooLate]).finally(() => patience.abort());
}
