import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';
import { writeJson } from './json-file';
import { CASES } from './ledger-case';
import { type LedgerFigures, runCase } from './ledger-run';

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', autovacuum: 'on' };
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Called when this file is run: `npm run bench:ledger [-- --quick] [-- --json FILE]`. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
  const plan = values.quick ? { clients: 0, calls: 1000, seconds: 3 } : { clients: 0, calls: 60_000, seconds: 15 };
  print(
    'A pair is a reservation and its settlement, each answered when it may be relied on; commits reach the disk.\n',
  );
  const cluster = await TestCluster.start(DURABLE);
  publishAddress(cluster.address);
  try {
    const cases: LedgerFigures[] = [];
    for (const each of CASES) {
      const figures = await runCase(each, plan);
      cases.push(figures);
      print(block(figures));
    }
    writeJson(values.json, 'ledger', { cases });
    const isRight = cases.every(({ overspent, deadlocks, drifted }) => overspent + deadlocks + drifted === 0);
    if (!isRight) process.exitCode = 1;
  } finally {
    await cluster.stop();
  }
}

function block(figures: LedgerFigures): string {
  const { name, aimPerSecond, pairsPerSecond, p50Ms, p99Ms, overspent, refused, deadlocks, drifted, naive } = figures;
  const rate = (value: number) => value.toFixed(0).padStart(7);
  const met = (isMet: boolean) => (isMet ? 'met    ' : 'missed ');
  return [
    name,
    `  ${met(pairsPerSecond >= aimPerSecond)}${rate(pairsPerSecond)} pairs/s (aim: ${aimPerSecond}), p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    `  ${met(overspent === 0 && deadlocks === 0 && drifted === 0)}      ${overspent} tokens overspent, ${deadlocks} deadlocks, ${drifted} accounts that differ from the journal; ${refused} refused`,
    `  check, then record: ${rate(naive.pairsPerSecond)} pairs/s, ${naive.overspent} tokens overspent${naive.overspent > 0 ? '' : ' (by luck)'}`,
    '',
  ].join('\n');
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1); // the server that was started ends with this process
});
