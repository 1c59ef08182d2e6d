/**
 * npm test: the three layers one after the other, each with its coverage floor, then one table and one closing line.
 *   node scripts/test.mjs [unit|integration|e2e …] [--json FILE] [-- jest arguments]
 * MEMORI_TEST_STRICT=1 makes a skipped test a failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const root = join(import.meta.dirname, '..');

/** Unit tests stand beside the rule that they test, and are measured by it: `x.spec.ts` by the lines of `x.ts`. */
const RULES = ['apps', 'libs']
  .flatMap((dir) => readdirSync(join(root, dir), { recursive: true }).map((file) => `${dir}/${file}`))
  .filter((file) => file.endsWith('.spec.ts'))
  .map((spec) => spec.replace(/\.spec\.ts$/, '.ts'))
  .filter((file) => existsSync(join(root, file)));
/** Integration tests are measured by all that the libs hold, less what only wires and describes. */
const LIBS = [
  'libs/**/*.ts',
  '!**/*.{spec,int-spec,fixture}.ts',
  '!**/fixture/**',
  '!**/index.ts',
  '!**/*.module.ts',
  '!**/*.dto.ts',
  '!libs/testing/**',
];
const LAYERS = {
  unit: { lines: 80, measure: RULES },
  integration: { lines: 70, measure: LIBS },
  e2e: { lines: 0, measure: [] },
};

/** Jest has this long to end after its last test. */
const LEFT_TO_END_MS = 60_000;

const split = process.argv.indexOf('--');
const own = process.argv.slice(2, split < 0 ? undefined : split);
const jsonAt = own.indexOf('--json');
const jsonFile = jsonAt < 0 ? undefined : own.splice(jsonAt, 2)[1];
const wanted = own;
const passOn = split < 0 ? [] : process.argv.slice(split + 1);
const strict = process.env.MEMORI_TEST_STRICT === '1';
const folder = mkdtempSync(join(tmpdir(), 'memori-test-'));

const results = [];
for (const [layer, rule] of Object.entries(LAYERS))
  if (wanted.length === 0 || wanted.includes(layer)) results.push(await runLayer(layer, rule));
rmSync(folder, { recursive: true, force: true });
report(results);

async function runLayer(layer, { lines, measure }) {
  const output = join(folder, `${layer}.json`);
  const coverage = lines > 0 && passOn.length === 0;
  const args = [
    jest,
    '--selectProjects',
    layer,
    '--maxWorkers=2',
    '--json',
    `--outputFile=${output}`,
    '--passWithNoTests',
    ...passOn,
  ];
  if (coverage) {
    args.push('--coverage', '--coverageReporters=text-summary', `--coverageDirectory=coverage/${layer}`);
    args.push(...measure.map((pattern) => `--collectCoverageFrom=${pattern}`));
    args.push(`--coverageThreshold=${JSON.stringify({ global: { lines } })}`);
  }
  console.log(`\n── ${layer} ──`);
  // Jest's JSON goes to the file, its progress to stderr, the coverage to stdout.
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const status = await endOf(child, output);
  return { layer, status, ...countsOf(output) };
}

/** Its exit code; null when it had written its results and still did not end, which is a failure of its own. */
async function endOf(child, output) {
  let doneAt;
  const watch = setInterval(() => {
    if (existsSync(output)) doneAt ??= Date.now();
    if (doneAt === undefined || Date.now() - doneAt < LEFT_TO_END_MS) return;
    console.log('Jest did not end after its tests: something that they opened is still open.');
    child.kill('SIGKILL');
  }, 1000);
  const [status] = await once(child, 'exit');
  clearInterval(watch);
  return status;
}

function countsOf(path) {
  try {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    const skipped = json.testResults
      .flatMap((file) => file.assertionResults)
      .filter((test) => test.status === 'pending' || test.status === 'todo')
      .map((test) => test.fullName);
    const ms = json.testResults.reduce((sum, file) => sum + (file.endTime - file.startTime), 0);
    return { passed: json.numPassedTests, failed: json.numFailedTests + json.numRuntimeErrorTestSuites, skipped, ms };
  } catch {
    return { passed: 0, failed: 1, skipped: [], ms: 0 };
  }
}

function report(layers) {
  const total = layers.reduce((sum, { passed, failed }) => sum + passed + failed, 0) || 1;
  const table = ['Tests per layer'];
  for (const { layer, passed, failed, skipped, ms } of layers) {
    const share = `${Math.round((100 * (passed + failed)) / total)} %`;
    table.push(
      `  ${layer.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ` +
        `${String(skipped.length).padStart(3)} skipped  ${share.padStart(5)}  ${(ms / 1000).toFixed(0)} s`,
    );
  }
  console.log(`\n${table.join('\n')}`);
  const skipped = layers.flatMap((layer) => layer.skipped);
  for (const name of skipped) console.log(`  skipped: ${name}`);
  const broken = layers.filter(({ status, failed }) => status !== 0 && failed === 0).map(({ layer }) => layer);
  if (broken.length > 0) console.log(`\nNo test failed, but ${broken.join(' and ')} did not pass: see above.`);
  if (strict && skipped.length > 0) console.log('\nMEMORI_TEST_STRICT=1: a skipped test is a failure.');
  const sum = (of) => layers.reduce((n, layer) => n + of(layer), 0);
  const failed = sum((l) => l.failed) + (strict ? skipped.length : 0) + broken.length;
  const line = `${sum((l) => l.passed)} passed, ${failed} failed, ${strict ? 0 : skipped.length} skipped`;
  mkdirSync(join(root, 'coverage'), { recursive: true });
  writeFileSync(join(root, 'coverage', 'summary.txt'), `${table.join('\n')}\n${line}\n`);
  if (jsonFile !== undefined) {
    const content = { at: new Date().toISOString(), passed: sum((l) => l.passed), failed, strict, layers };
    writeFileSync(jsonFile, `${JSON.stringify(content, null, 2)}\n`);
  }
  console.log(`\n${line}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
