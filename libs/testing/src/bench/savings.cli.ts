import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';
import { emptyDatabase } from '../database/test-database';
import { writeJson } from './json-file';
import { type Layers, SETUPS, type Setup } from './savings/layers';
import { rowsOf, savingsAims, savingsTable } from './savings/savings-report';
import { type LayerFigures, runLayers, type SavingsPlan } from './savings/savings-run';
import { STORE_SCRIPT } from './savings/store-script';
import { workload } from './savings/workload';

const STRONG_MODEL = 'claude-opus-5-5';
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Called when this file is run: `npm run bench:savings [-- --quick] [-- --delay-ms 1000] [-- --json FILE]`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      'delay-ms': { type: 'string' },
      json: { type: 'string' },
    },
  });
  const asked = workload(values.quick ? 100 : 1000);
  const delayMs = Number(values['delay-ms'] ?? (values.quick ? 300 : 1000));
  print(introduction(asked.length, delayMs));
  const cluster = await TestCluster.start();
  publishAddress(cluster.address);
  try {
    const store = await emptyDatabase(STORE_SCRIPT);
    const plan = { asked, delayMs, sourceUrl: store.url, clients: 5, strongModel: STRONG_MODEL };
    const rows = rowsOf(await runAll(plan, SETUPS));
    writeJson(values.json, 'savings', { questions: asked.length, delayMs, clients: plan.clients, rows });
    print(`\n${savingsTable(rows)}\n`);
    for (const line of savingsAims(rows)) print(line);
    for (const { name, figures } of rows)
      for (const question of figures.wrong.slice(0, 5)) print(`  wrong with ${name}: ${question}`);
  } finally {
    await cluster.stop();
  }
}

/** The same calls may be priced in two ways: they are made once. */
async function runAll(plan: SavingsPlan, setups: readonly Setup[]) {
  const done = new Map<string, LayerFigures>();
  const runs: { setup: Setup; figures: LayerFigures }[] = [];
  for (const setup of setups) {
    const key = JSON.stringify(setup.layers satisfies Layers);
    const figures = done.get(key) ?? (await runLayers(plan, setup.layers));
    done.set(key, figures);
    runs.push({ setup, figures });
    print(`  ${setup.name}: done`);
  }
  return runs;
}

function introduction(questions: number, delayMs: number): string {
  return `${questions} questions to a store of 12 tables: 30 % repeats (the same words but for courtesy, case and the question mark; half of
them by whoever asked before), 20 % that a curator has verified, 10 % follow-ups, the others new. A fake Claude writes the right
SQL after ${delayMs} ms in the median (log-normal, 0.4), whatever the model: choosing one saves money here and no time. Prices are those
of the ledger. "all off" asks ${STRONG_MODEL} everything, at the price of plain input. Rows are compared with the gold's own.
`;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1); // the servers that were started end with this process
});
