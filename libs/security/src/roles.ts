import { ForbiddenError } from '@memori/errors';
import { hasRole, type Principal, type Role } from '@memori/scope';

/** Throws unless the principal holds the role, itself or by a higher one. */
export function requireRole(principal: Principal, role: Role): void {
  if (hasRole(principal, role)) return;
  throw new ForbiddenError(`This needs the role "${role}"; your key holds ${principal.roles.join(', ') || 'none'}.`);
}

/** Administrators of the tenant `default` look after the installation: they alone see other tenants. */
export function isInstallationAdministrator(principal: Principal): boolean {
  return principal.tenantId === 'default' && hasRole(principal, 'administrator');
}
