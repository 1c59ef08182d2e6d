import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Prices } from '@memori/budget';
import type { Env } from '@memori/config';
import { OwnDatabase } from '@memori/database';
import { modelFindings } from '@memori/llm';
import { Log, Metrics } from '@memori/monitoring';
import { KeyMaterial } from '@memori/security';
import { DEMO_QUESTION, DemoSetup, Simulation } from '@memori/text2sql';
import { Lifecycle } from '../../api/src/health/lifecycle';
import { VERSION } from '../../api/src/version';
import { createMemori, listenOptions } from './create-memori';
import { endEarly, stopOnSignals } from './shutdown';
import { publicUrl, startBlock, type StartFacts } from './start-block';

/** Starts the process, says what to do next, and sees to its end. */
export async function runMemori(readEnv: () => Env, options: { simulated?: boolean } = {}): Promise<void> {
  const env = readEnv();
  const log = new Log({ level: env.MEMORI_LOG_LEVEL });
  const starting = start(env, log, new Simulation(options.simulated));
  const isStopping = stopOnSignals(
    starting.then(({ app }) => app),
    env,
    log,
  );
  const { app, hasDemo } = await starting.catch((error: unknown) => {
    if (isStopping()) endEarly(log);
    throw error;
  });
  const findings = modelFindings(env, app.get(Prices).current, new Date());
  for (const { message, severity } of findings) log.warn(message, { severity });
  if (!app.get(Lifecycle).isStopping)
    process.stdout.write(startBlock({ ...factsOf(app, env, hasDemo), notes: findings.map(({ message }) => message) }));
}

async function start(
  env: Env,
  log: Log,
  simulation: Simulation,
): Promise<{ app: NestFastifyApplication; hasDemo: boolean }> {
  const app = await createMemori(env, log, simulation);
  try {
    app.get(Metrics).collectProcessMetrics();
    await app.init();
    const hasDemo = env.MEMORI_ROLE !== 'worker' && (await app.get(DemoSetup).ensure());
    await app.listen(listenOptions(env.MEMORI_PORT, env.MEMORI_HOST));
    app.get(Lifecycle).markStarted();
    return { app, hasDemo };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

function factsOf(app: NestFastifyApplication, env: Env, hasDemo: boolean): StartFacts {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    env,
    version: VERSION,
    url: publicUrl(env.MEMORI_HOST, port),
    adminKeyFile: app.get(KeyMaterial).adminKeyFile,
    dataDir: app.get(OwnDatabase).embedded?.location,
    demoQuestion: hasDemo ? DEMO_QUESTION : undefined,
    simulated: app.get(Simulation).isOn,
  };
}
