import 'reflect-metadata';
import { parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';
import { type EmptyDatabase, emptyDatabase } from '../database/test-database';
import { startBenchMemori } from './bench-memori';
import { countWork } from './count-work';
import { FakeProcess } from './fake-process';
import { writeJson } from './json-file';
import { type LoadPlan, runLoad } from './load';
import { type Comparison, aimLines, comparisonTable, timingsLine } from './report';
import { SHOP_ANSWER, SHOP_SCRIPT } from './shop';

const PLANS: readonly LoadPlan[] = [
  { clients: 1, calls: 300, seconds: 20 },
  { clients: 10, calls: 1000, seconds: 20 },
  { clients: 50, calls: 2000, seconds: 30 },
];
/** Compiled code and filled caches are what a service has all day. */
const WARM_UP: LoadPlan = { clients: 10, calls: 300, seconds: 20 };
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Called when this file is run: `npm run bench:overhead [-- --quick] [-- --profile] [-- --json FILE]`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const share = values.quick ? 0.1 : 1;
  const plans = PLANS.map((plan) => ({ ...plan, calls: plan.calls * share, seconds: plan.seconds * share }));
  print('The fake Claude answers after 0 ms; commits reach the disk; slots are raised, all else is the default.\n');
  const cluster = await TestCluster.start(DURABLE);
  publishAddress(cluster.address);
  const fake = await FakeProcess.start(SHOP_ANSWER);
  try {
    const shop = await emptyDatabase(SHOP_SCRIPT);
    const comparisons = await compare(fake, shop, plans, values.profile);
    const work = await countWork(cluster, fake.url, { name: shop.name, user: shop.reader.name });
    writeJson(values.json, 'overhead', { comparisons, work });
    print(`\n${comparisonTable(comparisons)}\n`);
    for (const line of aimLines(comparisons, work)) print(line);
    print(
      `  (idle, Memori makes ${work.idleRoundTripsPerSecond.toFixed(1)} round trips a second; they are not counted above)`,
    );
    if (!values.profile)
      print('\n  npm run bench:overhead -- --profile writes a CPU profile of the service for Chrome DevTools.');
  } finally {
    await fake.stop();
    await cluster.stop();
  }
}

/** Memori in its embedded mode and the bare SDK, one after the other for each number of clients. */
async function compare(
  fake: FakeProcess,
  shop: EmptyDatabase,
  plans: readonly LoadPlan[],
  profile: boolean,
): Promise<Comparison[]> {
  const nodeArguments = profile ? ['--cpu-prof', `--cpu-prof-dir=${process.cwd()}`] : [];
  const { memori, asker } = await startBenchMemori({ claudeUrl: fake.url, sourceUrl: shop.url, nodeArguments });
  try {
    await runLoad(WARM_UP, (client) => asker.ask(client));
    const sdk = bareSdk(fake.url, await fake.lastBody());
    await runLoad(WARM_UP, sdk);
    const comparisons: Comparison[] = [];
    for (const plan of plans) {
      asker.timings.length = 0;
      const cpuBefore = memori.cpuMs ?? NaN;
      const through = await runLoad(plan, (client) => asker.ask(client));
      const cpuMs = ((memori.cpuMs ?? NaN) - cpuBefore) / through.calls;
      comparisons.push({ memori: through, sdk: await runLoad(plan, sdk) });
      print(
        `  ${String(plan.clients).padStart(2)} clients, mean ms by the answers' timings: ${timingsLine(asker.timings)}`,
      );
      print(`     processor time of the service per question: ${cpuMs.toFixed(1)} ms`);
      if (through.firstFailure) print(`     ${through.failed} failed, the first: ${through.firstFailure}`);
    }
    return comparisons;
  } finally {
    asker.close();
    await memori.stop();
  }
}

/** The same request as Memori sends, without Memori. */
function bareSdk(baseURL: string, body: Record<string, unknown>): () => Promise<void> {
  const client = new Anthropic({ apiKey: 'bench', baseURL, maxRetries: 0 });
  const { stream, ...rest } = body as unknown as Anthropic.MessageCreateParams;
  const request = rest as Anthropic.MessageCreateParamsNonStreaming;
  return async () =>
    void (stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request));
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1); // the servers that were started end with this process
});
