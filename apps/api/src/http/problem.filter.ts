import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type Problem, problemOf } from '@memori/errors';
import { Log } from '@memori/monitoring';
import { inOurTerms } from './http-problem';
import { REQUEST_ID_HEADER } from './request-id';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Every error leaves as RFC 9457. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    this.answer(thrown, request, reply);
  }

  private answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = inOurTerms(thrown);
    const problem = problemOf(error, request.id);
    if (problem.status >= 500) this.report(error, problem);
    // Once a stream has begun there is no status to set any more: it is cut, so that nobody takes it for whole.
    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else sendProblem(reply, problem);
  }

  private report(error: unknown, problem: Problem): void {
    if (error instanceof DomainError) this.log.warn('A request failed', { code: problem.code, error });
    else this.log.error('A request met a bug', { error });
  }
}

/** Sends a problem with the headers that belong to its status. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).headers(headersOf(problem)).send(JSON.stringify(problem));
}

export function headersOf(problem: Problem): Record<string, string> {
  return {
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
    ...(problem.instance && { [REQUEST_ID_HEADER]: problem.instance }),
    ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
    ...((problem.status === 429 || problem.status === 503) && { 'retry-after': String(retryAfterSeconds(problem)) }),
  };
}

/** When to come again: as the error says, else when the limit resets, else soon. */
function retryAfterSeconds({ retryAfterMs, resetsAt }: Problem): number {
  const waitMs = retryAfterMs ?? (resetsAt ? Date.parse(resetsAt) - Date.now() : Number.NaN);
  return Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs / 1000)) : 5;
}
