import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';
import { writeJson } from './json-file';
import { type IngestFigures, measureIngest } from './memory/ingest.bench';
import { measureSearch, type SearchFigures } from './memory/search.bench';

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', autovacuum: 'on' };
const SEARCH_AIM = { p50Ms: 10, p95Ms: 30 };
const INGEST_AIM = 2000;

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Called when this file is run: `npm run bench:memory [-- --quick] [-- --json FILE]`. `--quick` leaves a million out. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
  const sizes = values.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
  print('Searches and batches of turns by the service itself, against PostgreSQL whose commits reach the disk.\n');
  const cluster = await TestCluster.start(DURABLE);
  publishAddress(cluster.address);
  try {
    const ingest: IngestFigures[] = [];
    for (const [writers, batch] of [
      [1, 100],
      [4, 100],
      [4, 1000],
    ] as const)
      // prettier-ignore
      ingest.push(shown(await measureIngest(writers, batch, values.quick ? 3 : 10), ingestLine));
    const search: SearchFigures[] = [];
    for (const size of sizes) search.push(shown(await measureSearch(size, values.quick ? 200 : 1000), searchLines));
    writeJson(values.json, 'memory', { aims: { ...SEARCH_AIM, turnsPerSecond: INGEST_AIM }, ingest, search });
  } finally {
    await cluster.stop();
  }
}

function shown<Figures>(figures: Figures, lines: (figures: Figures) => string): Figures {
  print(lines(figures));
  return figures;
}

function ingestLine({ writers, batch, turnsPerSecond, p50Ms }: IngestFigures): string {
  const rate = turnsPerSecond.toFixed(0);
  return `${met(turnsPerSecond >= INGEST_AIM)} ${rate} turns/s by ${writers} in batches of ${batch} (aim: ${INGEST_AIM}), a batch ${p50Ms.toFixed(1)} ms`;
}

function searchLines({ memories, inScope, searches, p50Ms, p95Ms, cold, fillSeconds }: SearchFigures): string {
  const isMet = p50Ms <= SEARCH_AIM.p50Ms && p95Ms <= SEARCH_AIM.p95Ms;
  return [
    `${met(isMet)} ${inScope} of ${memories} memories in the searched scope: p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms of ${searches} (aim: ${SEARCH_AIM.p50Ms} / ${SEARCH_AIM.p95Ms})`,
    `        first search of a process, index rebuilt: ${cold.p50Ms.toFixed(0)} ms, ${cold.maxMs.toFixed(0)} at most; filled in ${fillSeconds.toFixed(0)} s`,
  ].join('\n');
}

function met(isMet: boolean): string {
  return isMet ? 'met    ' : 'missed ';
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1); // the server that was started ends with this process
});
