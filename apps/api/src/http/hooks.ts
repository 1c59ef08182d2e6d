import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, InvalidRequestError } from '@memori/errors';
import { Log, Metrics, RequestContext } from '@memori/monitoring';
import { Authenticator } from '@memori/security';
import { Lifecycle } from '../health/lifecycle';
import { noSuchRoute } from './http-problem';
import { faultOf } from './json-faults';
import { REQUEST_ID_HEADER } from './request-id';

export interface HookServices {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly lifecycle: Lifecycle;
}

/** What happens around every request, in the order of its life. */
export function addHooks(fastify: FastifyInstance, services: HookServices): void {
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id).header('x-content-type-options', 'nosniff');
    RequestContext.run({ requestId: request.id }, done);
  });
  // Before the body is read: what is wrong with a body that no route takes helps nobody.
  fastify.addHook('onRequest', (request, _reply, done) => done(request.is404 ? noSuchRoute() : undefined));
  fastify.addHook('onRequest', (request, _reply, done) => done(turnedAway(request, services.lifecycle)));
  fastify.addHook('onRequest', (request) => authenticate(request, services.authenticator));
  // Reading the body may have left the context of the request; here it is entered again.
  fastify.addHook('preValidation', (request, _reply, done) => RequestContext.run({ requestId: request.id }, done));
  fastify.addHook('preValidation', refuseUnfitAddress);
  fastify.addHook('onResponse', (request, reply, done) => {
    report(request, reply, services);
    done();
  });
}

/** While the process stops, nothing new is begun; who waits for an answer may still fetch it. */
function turnedAway(request: FastifyRequest, lifecycle: Lifecycle): Error | undefined {
  const isNewWork = request.method !== 'GET' && request.routeOptions.url?.startsWith('/v1/');
  if (!lifecycle.isStopping || !isNewWork) return undefined;
  const facts = { retryable: true, retryAfterMs: 5000 };
  return new DomainError(
    'unavailable',
    'shutting-down',
    'This instance is shutting down; send the request again.',
    facts,
  );
}

/** Before the body is read: a stranger shall not make us hold 16 MiB. By the route's template, which no encoding of the path can dodge. */
async function authenticate(request: FastifyRequest, authenticator: Authenticator): Promise<void> {
  if (!request.routeOptions.url?.startsWith('/v1/')) return;
  const { authorization } = request.headers;
  const actFor = request.headers['x-memori-user'];
  request.principal = await authenticator.authenticate(
    authorization,
    actFor === undefined ? undefined : String(actFor),
  );
}

/** Ids and query values reach SQL as text; NUL does not fit there. */
function refuseUnfitAddress(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const fault = faultOf({ ...(request.params as object) }, 2) ?? faultOf({ ...(request.query as object) }, 3);
  done(fault && new InvalidRequestError(`The address cannot be taken: ${fault.pointer} ${fault.message}.`, [fault]));
}

/** One line per request: the route's template, never the path or query, which may hold what people wrote. */
function report(request: FastifyRequest, reply: FastifyReply, { log, metrics }: HookServices): void {
  const route = request.routeOptions.url ?? 'unknown';
  const facts = { method: request.method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) };
  metrics.requestEnded({ ...facts, durationMs: reply.elapsedTime });
  const write = route.startsWith('/v1/') || reply.statusCode >= 500 ? log.info : log.debug;
  RequestContext.run({ requestId: request.id }, () => write.call(log, 'request', facts));
}
