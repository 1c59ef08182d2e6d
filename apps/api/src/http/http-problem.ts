import { HttpException } from '@nestjs/common';
import { DomainError, UnreadableRequestError } from '@memori/errors';

/** What Nest, Fastify and Node throw about a request, in Memori's terms. Anything unknown stays what it is: a bug. */
export function inOurTerms(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const status = statusOf(error);
  if (status === undefined || status >= 500) return error;
  if (status === 413)
    return new DomainError('too-large', 'request-too-large', 'The body is larger than this route takes.');
  if (status === 404) return noSuchRoute();
  if (status === 403) return new DomainError('forbidden', 'forbidden', 'This is not allowed.');
  if (isWrongMediaType(error))
    return new UnreadableRequestError('Send the body as JSON, with "Content-Type: application/json".');
  return new UnreadableRequestError('The request cannot be read.');
}

export function noSuchRoute(): DomainError {
  return new DomainError('not-found', 'not-found', 'There is no such route. GET /openapi.json lists them all.');
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function isWrongMediaType(error: unknown): boolean {
  return (
    statusOf(error) === 415 ||
    codeOf(error) === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ||
    codeOf((error as Error).cause) === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
  );
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
}
