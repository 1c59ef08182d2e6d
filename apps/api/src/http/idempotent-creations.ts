import { setTimeout as wait } from 'node:timers/promises';
import { type CallHandler, type ExecutionContext, HttpStatus, Injectable, type NestInterceptor } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ConflictError } from '@memori/errors';
import { userScopeOf } from '@memori/scope';
import { hashJson, type KeptReply, type KeyPlace, ReplyKeys } from '@memori/security';
import { idempotencyKeyOf } from './idempotency-key';

const LOOK_AGAIN_MS = 100;
const LONGEST_WAIT_MS = 30_000;

/**
 * A creation that is sent again with its `Idempotency-Key` answers as it did the first time and creates nothing. Whoever
 * comes while the first is still creating waits for it. Questions have a way of their own, which knows 202.
 */
@Injectable()
export class IdempotentCreations implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ReplyKeys,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isCreation = this.reflector.get<number>(HTTP_CODE_METADATA, context.getHandler()) === HttpStatus.CREATED;
    if (!isCreation || request.headers['idempotency-key'] === undefined || !request.principal) return next.handle();
    const place: KeyPlace = {
      scope: userScopeOf(request.principal),
      route: `${request.method} ${request.routeOptions.url ?? ''} ${JSON.stringify(request.params)}`,
      key: idempotencyKeyOf(request.headers['idempotency-key']) ?? '',
    };
    return from(this.once(place, request, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  private async once(
    place: KeyPlace,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const before = await this.before(place, hashJson(request.body));
    if (before) {
      void reply.header('idempotency-replayed', 'true');
      if (before.location !== null) void reply.header('location', before.location);
      return before.body;
    }
    try {
      const body: unknown = await lastValueFrom(next.handle());
      const location = reply.getHeader('location');
      await this.keys.keep(place, { body, location: typeof location === 'string' ? location : null });
      return body;
    } catch (error) {
      // What failed may be tried again with the same key.
      await this.keys.drop(place).catch(() => undefined);
      throw error;
    }
  }

  /** The first answer; undefined when this is the first call. */
  private async before(place: KeyPlace, bodyHash: Buffer): Promise<KeptReply | undefined> {
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += LOOK_AGAIN_MS) {
      const found = await this.keys.take(place, bodyHash);
      if (found === 'taken') return undefined;
      if (found !== 'busy') return found;
      await wait(LOOK_AGAIN_MS);
    }
    throw new ConflictError('The first request with this Idempotency-Key is still running. Send this one again later.');
  }
}
