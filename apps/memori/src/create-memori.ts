import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Env } from '@memori/config';
import { Log, NestLog } from '@memori/monitoring';
import { Simulation } from '@memori/text2sql';
import { apiAdapter } from '../../api/src/http/api-adapter';
import { setUpApi } from '../../api/src/set-up-api';
import { MemoriModule } from './memori.module';

/** The application of one process, wired and not yet listening. Throws when something keeps it from starting. */
export async function createMemori(
  env: Env,
  log = new Log({ level: env.MEMORI_LOG_LEVEL }),
  simulation = new Simulation(),
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    MemoriModule.forRoot(env, log, simulation),
    apiAdapter(env),
    {
      logger: new NestLog(log),
      bodyParser: false,
      abortOnError: false,
    },
  );
  setUpApi(app, env);
  return app;
}

/** Connections that a burst may bring before the process comes to accept them; the system may allow fewer (somaxconn). */
const BACKLOG = 4096;

export function listenOptions(port: number, host: string) {
  return { port, host, backlog: BACKLOG };
}
