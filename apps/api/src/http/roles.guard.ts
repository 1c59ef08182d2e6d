import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Role } from '@memori/scope';
import { requireRole, UnauthenticatedError } from '@memori/security';

const ROLE = 'memori:role';
const OPEN = 'memori:open';

/** The role that a route needs. */
export const NeedsRole = (role: Role) => SetMetadata(ROLE, role);

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
    requireRole(principal, this.reflector.getAllAndOverride<Role>(ROLE, places) ?? 'reader');
    return true;
  }
}
