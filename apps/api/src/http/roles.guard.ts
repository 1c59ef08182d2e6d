import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Role } from '@memori/scope';
import { requireRole, UnauthenticatedError } from '@memori/security';

const ROLE = 'memori:role';
const OPEN = 'memori:open';

/** What a route asks of a key: a role, or only that it is one. */
export type Access = Role | 'any';

export const NeedsRole = (access: Access) => SetMetadata(ROLE, access);

/** A route that needs no key. */
export const Open = () => SetMetadata(OPEN, true);

/**
 * Keys were read before the body was (see the hooks). This looks a second time at what came of it, route by route, so
 * that a route that slipped past the hook is shut and not open.
 */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(OPEN, places)) return true;
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!principal) throw new UnauthenticatedError('Send your key as "Authorization: Bearer <key>".');
    const access = this.reflector.getAllAndOverride<Access>(ROLE, places) ?? 'reader';
    if (access !== 'any') requireRole(principal, access);
    return true;
  }
}
