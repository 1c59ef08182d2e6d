import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, UnreadableRequestError } from '@memori/errors';

const MAX_LINE_BYTES = 1024 * 1024;
const LINE_END = 0x0a;

/** A line, or why it is none: the lines beside it are as good as ever. */
export type Line = string | DomainError;

/** The lines of an NDJSON body as they arrive: an import of any size never lies in memory as a whole. */
export async function* linesOf(request: FastifyRequest): AsyncGenerator<Line> {
  const { body } = request;
  if (!isStream(body))
    throw new UnreadableRequestError('Send NDJSON, one JSON object a line, with "Content-Type: application/x-ndjson".');
  yield* splitLines(body);
}

export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, start)) {
      yield textOf(rest.subarray(start, end));
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_LINE_BYTES) throw tooLong();
  }
  if (rest.length > 0) yield textOf(rest);
}

/** Sends lines as NDJSON, once the first is there: a refusal still has a status of its own. */
export async function sendLines(reply: FastifyReply, lines: AsyncIterable<string>): Promise<StreamableFile> {
  const begunLines = await begun(lines);
  void reply.header('content-type', 'application/x-ndjson; charset=utf-8').header('cache-control', 'no-store');
  return new StreamableFile(Readable.from(begunLines, { objectMode: false }));
}

export async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function begun(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
  })();
}

function textOf(line: Buffer): Line {
  if (line.length > MAX_LINE_BYTES) throw tooLong();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line).replace(/\r$/, '');
  } catch {
    return new UnreadableRequestError('The line is not valid UTF-8.');
  }
}

function tooLong(): DomainError {
  return new DomainError('too-large', 'request-too-large', 'A line of the body is longer than 1 MiB.');
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
