import type { FastifyInstance } from 'fastify';
import { DomainError, UnreadableRequestError } from '@memori/errors';
import { faultOf } from './json-faults';

/** Deeper than any body of the API, shallow enough for what walks a body recursively. */
const MAX_DEPTH = 32;

/** JSON bodies and nothing else, read strictly: what is lost in decoding would be stored as something nobody sent. */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, parseJsonBody(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.addContentTypeParser(['text/markdown', 'text/plain'], { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (!request.routeOptions.config.takesText) throw notJson();
      done(null, decode(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  // Imports are read as they arrive, line by line, by the routes that take them.
  fastify.addContentTypeParser(
    ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    (request, payload, done) => {
      if (request.routeOptions.config.takesLines) done(null, payload);
      else done(notJson());
    },
  );
}

/** Undefined for an empty body: some clients name a content type and send nothing. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const body = parse(decode(bytes));
  const fault = faultOf(body, MAX_DEPTH);
  if (!fault) return body;
  throw new DomainError(
    'invalid',
    'invalid-request',
    `The body cannot be taken: ${fault.pointer || 'it'} ${fault.message}.`,
    {
      errors: [fault],
    },
  );
}

function notJson(): UnreadableRequestError {
  return new UnreadableRequestError('Send the body as JSON, with "Content-Type: application/json".');
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableRequestError('The body is not valid UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's message quotes the body; only the place is passed on.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    throw new UnreadableRequestError(
      `The body is not valid JSON${position ? `: look at character ${Number(position) + 1}` : ''}.`,
    );
  }
}
