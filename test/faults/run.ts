import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { publishAddress } from '../../libs/testing/src/database/cluster-address';
import { TestCluster } from '../../libs/testing/src/database/test-cluster';
import { report, type Result } from './report';
import { Runner } from './run-scenario';
import type { Scenario } from './scenario';
import { freshSeed, type Mode } from './world/world';

const USAGE = `npm run test:faults [-- options]

  --short           storms of 10 s, and each scenario in as few modes as prove it
  --only NAME       one scenario, in one mode with NAME/postgres or NAME/redis; may be repeated
  --seed NUMBER     the same choices as an earlier run
  --json FILE       writes the results there
  --list            names the scenarios
`;

/** Without full WAL a database that was copied from a template loses its unlogged indexes in a crash. */
const CRASH_SAFE = { wal_level: 'replica', full_page_writes: 'on' };

interface Plan {
  readonly scenario: Scenario;
  readonly mode: Mode;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const scenarios = loadScenarios();
  if (values.help) return print(USAGE);
  if (values.list) return print(scenarios.map(({ name, about }) => `${name.padEnd(20)} ${about}`).join('\n'));
  const plans = planOf(scenarios, values);
  if (plans.length === 0) throw new Error(`No scenario is called ${values.only.join(', ')}: see --list.`);
  const seed = values.seed === undefined ? freshSeed() : Number(values.seed);
  print(`${plans.length} runs, seed ${seed}`);
  const cluster = await TestCluster.start(CRASH_SAFE);
  publishAddress(cluster.address);
  const runner = new Runner();
  const results: Result[] = [];
  try {
    for (const plan of plans) results.push(await runOne(runner, plan, { seed, isShort: values.short }));
  } finally {
    await runner.close();
    await cluster.stop();
  }
  if (values.json) writeFileSync(values.json, JSON.stringify({ seed, short: values.short, results }, null, 2));
  print(report(results));
  const isStrict = process.env.MEMORI_TEST_STRICT === '1';
  const failed = results.some(({ state }) => state === 'failed' || (isStrict && state === 'skipped'));
  process.exitCode = failed ? 1 : 0;
}

function runOne(
  runner: Runner,
  { scenario, mode }: Plan,
  options: { seed: number; isShort: boolean },
): Promise<Result> {
  const skipReason =
    scenario.skipReason?.() ?? (mode === 'redis' && !has('redis-server') ? 'redis-server is not installed' : undefined);
  print(`\n── ${scenario.name} (${mode}): ${scenario.about}`);
  if (skipReason) print(`   skipped: ${skipReason}`);
  if (skipReason) return Promise.resolve({ name: scenario.name, mode, state: 'skipped', ms: 0, findings: [], problem: skipReason }); // prettier-ignore
  return runner.run(scenario, { mode, ...options, print });
}

function planOf(scenarios: readonly Scenario[], { only, short }: { only: readonly string[]; short: boolean }): Plan[] {
  const all = scenarios.flatMap((scenario) => {
    const { modes = ['postgres', 'redis'], shortModes = modes } = scenario;
    const tried = short && only.length === 0 ? shortModes : modes;
    return tried.map((mode) => ({ scenario, mode }));
  });
  // Those that share a world stand together.
  const place = ({ scenario, mode }: Plan) => (mode === 'redis' ? 2 : 0) + (scenario.world ? 1 : 0);
  all.sort((a, b) => place(a) - place(b));
  if (only.length === 0) return all;
  return all.filter(({ scenario, mode }) =>
    only.some((name) => [scenario.name, `${scenario.name}/${mode}`].includes(name)),
  );
}

/** Every file of the folder exports one, as `scenario`. */
function loadScenarios(): Scenario[] {
  const folder = join(__dirname, 'scenarios');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  return files.sort().map((file) => (require(join(folder, file)) as { scenario: Scenario }).scenario);
}

function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().then(
  () => process.exit(), // a connection that a scenario left hanging does not keep it
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(1); // the servers that were started end with this process
  },
);
