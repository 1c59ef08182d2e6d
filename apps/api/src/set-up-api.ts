import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { Env } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { Authenticator } from '@memori/security';
import { Simulation } from '@memori/text2sql';
import type { FastifyInstance } from 'fastify';
import { Lifecycle } from './health/lifecycle';
import { addHooks } from './http/hooks';
import { readJsonBodies } from './http/json-body';
import { closeSocketsWith } from './http/open-sockets';
import { apiDocument } from './openapi/document';

/** What surrounds the controllers: hooks, bodies and the document. Before `app.init()`. */
export function setUpApi(app: NestFastifyApplication, env: Env): void {
  const fastify = app.getHttpAdapter().getInstance();
  readJsonBodies(fastify);
  closeSocketsWith(fastify, env.MEMORI_SHUTDOWN_GRACE_SECONDS * 1000 + 1000);
  if (app.get(Simulation, { strict: false }).isOn) markSimulated(fastify);
  addHooks(fastify, {
    log: app.get(Log),
    metrics: app.get(Metrics),
    authenticator: app.get(Authenticator),
    lifecycle: app.get(Lifecycle),
  });
  if (env.MEMORI_DOCS_ENABLED && env.MEMORI_ROLE !== 'worker') serveDocs(app);
}

/** Whatever a client reads of the answer, or of a failure: the header tells that no real model was behind it. */
function markSimulated(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-memori-simulated', 'true');
    done();
  });
}

function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    customSiteTitle: 'Memori',
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
  });
}
