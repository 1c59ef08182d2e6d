import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ErrorCode } from '@memori/errors';
import { type Access, NeedsRole, Open } from '../http/roles.guard';
import { STATUS_OF_CODE } from './problem-statuses';
import { ref, type Schema } from './schema';

export interface EndpointFacts {
  /** The operationId: what a generated client calls the method. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** The role that it needs; `any` key will do; `open` needs no key at all. */
  readonly role: Access | 'open';
  readonly status?: 200 | 201 | 204;
  /** The schema of the answer; left out for 204 and where `responses` says more. */
  readonly answer?: Schema;
  readonly answerText?: string;
  /** Media types of the answer, when it is not JSON alone. */
  readonly mediaTypes?: readonly string[];
  readonly problems?: readonly ErrorCode[];
}

const EVERYWHERE: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'acting-for-not-allowed',
  'invalid-request',
  'database-unavailable',
  'internal',
];

const MEANING: Record<number, string> = {
  400: 'The request cannot be read.',
  401: 'The key is missing, wrong, expired or revoked.',
  403: 'The key may not do this.',
  404: 'There is no such thing, or it is somebody else’s.',
  409: 'It contradicts what is there.',
  410: 'It was there and has expired.',
  413: 'Too large.',
  422: 'It can be read, but it is not right; `errors` says where.',
  429: 'A limit is reached; come again after `Retry-After`.',
  500: 'A bug in Memori; the log holds the cause under the request id.',
  502: 'Something that Memori depends on answered badly.',
  503: 'Not at the moment; come again after `Retry-After`.',
  504: 'It took too long.',
};

/** Everything that the document, the guard and Nest need to know of one route. */
export function Endpoint(facts: EndpointFacts): MethodDecorator {
  const status = facts.status ?? 200;
  const open = facts.role === 'open';
  const operation = ApiOperation({ summary: facts.summary, description: facts.description, operationId: facts.id });
  const access = open ? [Open()] : [NeedsRole(facts.role as Access), ApiBearerAuth(), actingFor(), requestId()];
  return applyDecorators(
    operation,
    HttpCode(status),
    ...access,
    answerOf(facts, status),
    ...problemsOf(open ? [] : EVERYWHERE, facts.problems ?? []),
  );
}

function answerOf(facts: EndpointFacts, status: number): MethodDecorator {
  const description = facts.answerText ?? (status === 204 ? 'Done; there is nothing to tell.' : facts.summary);
  const headers = {
    'X-Request-Id': { description: 'The id of the request, in the log too.', schema: { type: 'string' as const } },
    ...(status === 201 && {
      Location: { description: 'Where the new thing is.', schema: { type: 'string' as const } },
    }),
  };
  if (!facts.answer) return ApiResponse({ status, description, headers });
  const types = facts.mediaTypes ?? ['application/json'];
  const content = Object.fromEntries(types.map((type) => [type, { schema: facts.answer as Schema }]));
  return ApiResponse({ status, description, headers, content });
}

/** One response per status that names every code it can carry. */
function problemsOf(common: readonly ErrorCode[], own: readonly ErrorCode[]): MethodDecorator[] {
  const codes = [...new Set([...common, ...own])];
  const byStatus = new Map<number, ErrorCode[]>();
  const add = (status: number, code: ErrorCode) => byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  for (const code of codes) add(STATUS_OF_CODE[code], code);
  // What cannot even be read has the same code as what is wrong, and another status.
  if (codes.includes('invalid-request')) add(400, 'invalid-request');
  return [...byStatus].map(([status, some]) =>
    ApiResponse({
      status,
      description: MEANING[status] ?? 'A problem.',
      content: { 'application/problem+json': { schema: problemWith(some) } },
    }),
  );
}

/** The problem with one of these codes. */
export function problemWith(codes: readonly ErrorCode[]): Schema {
  return { allOf: [ref('Problem'), { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } }] };
}

function actingFor(): MethodDecorator {
  return ApiHeader({
    name: 'X-Memori-User',
    required: false,
    description: 'The user to act for, percent-encoded UTF-8. For administrators and keys made with `mayActFor`.',
    schema: { type: 'string' },
  }) as MethodDecorator;
}

function requestId(): MethodDecorator {
  return ApiHeader({
    name: 'X-Request-Id',
    required: false,
    description: 'Your id for this request: returned, logged and written into the audit.',
    schema: { type: 'string', maxLength: 200 },
  }) as MethodDecorator;
}
