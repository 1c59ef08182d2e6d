import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Env } from '@memori/config';
import { type Problem, problemOf, UnreadableRequestError } from '@memori/errors';
import { inOurTerms } from './http-problem';
import { headersOf, sendProblem } from './problem.filter';
import { requestIdOf } from './request-id';
import './fastify-types';

const BODY_LIMIT = 1024 * 1024;
/** Longest id or name in a path: `ext:` and an external id of 1,000 characters, each of them up to 9 when encoded. */
const MAX_PARAM_LENGTH = 10_000;

/** Fastify as Memori wants it: its own log off, ids of requests ours, errors of the router and the parser in our form. */
export function apiAdapter(env: Env): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_LIMIT,
    trustProxy: env.MEMORI_TRUST_PROXY,
    requestIdHeader: false,
    genReqId: requestIdOf,
    // Ours says so in problem+json, and lets those who wait for an answer fetch it.
    return503OnClosing: false,
    requestTimeout: 300_000,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, problemOf(inOurTerms(error), request.id)),
    clientErrorHandler: (error, socket) => answerUnparsed(error, socket as Socket),
  });
  adapter.getInstance().addHook('onRoute', (route) => {
    if (route.config?.bodyLimit) route.bodyLimit = route.config.bodyLimit;
  });
  return adapter;
}

/** What is not even HTTP gets its answer written by hand, as there is neither request nor reply. */
function answerUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem: Problem = problemOf(new UnreadableRequestError('The request is not HTTP that Memori can read.'));
  const body = JSON.stringify(problem);
  const headers = { ...headersOf(problem), 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head.join('')}\r\n${body}`);
}
