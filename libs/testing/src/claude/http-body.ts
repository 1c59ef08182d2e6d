import type { IncomingMessage } from 'node:http';
import { ClaudeError, invalid } from './errors';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const VERSIONS = ['2023-01-01', '2023-06-01', '2026-10-21'];

/** Reads and parses a JSON body; a larger one than the API takes is refused while it arrives. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES)
    throw new ClaudeError(413, 'request_too_large', 'Request exceeds the maximum size', { 'x-should-retry': 'false' });
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw invalid(`The request body is not valid JSON: ${(error as Error).message}`);
  }
}

/** The key of a request whose headers are in order. Any key will do unless `known` names the right ones. */
export function checkHeaders(request: IncomingMessage, known: readonly string[] | undefined): string {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const header = request.headers['x-api-key'];
  const key = (typeof header === 'string' ? header : undefined) ?? bearer;
  if (!key) throw new ClaudeError(401, 'authentication_error', 'x-api-key header is required');
  if (known && !known.includes(key)) throw new ClaudeError(401, 'authentication_error', 'invalid x-api-key');
  const version = request.headers['anthropic-version'];
  if (version === undefined) throw invalid('anthropic-version: header is required');
  if (!VERSIONS.includes(String(version)))
    throw invalid(`anthropic-version: "${String(version)}" is not a valid version`);
  return key;
}
