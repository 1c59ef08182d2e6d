import { ForbiddenError, InvalidRequestError, NotFoundError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { isInstallationAdministrator } from '@memori/security';
import { checkedTarget } from './limit-input';
import type { LimitScope } from './limits';

/** Whose limit a request is about, as it was written. */
export interface TargetInput {
  readonly scope: string;
  readonly id: string;
  /** Another tenant than one's own; `*`: every tenant. For administrators of the installation. */
  readonly tenantId?: string;
}

/** The same as the table of limits names it; `*` stands for all. */
export interface LimitTarget {
  readonly scope: LimitScope;
  readonly tenantId: string;
  readonly scopeId: string;
  /** Set over the head of the tenant: its own administrators may not change it. */
  readonly byInstallation: boolean;
}

export const ALL = '*';

/** Throws for what the principal may not reach: another tenant looks like one that is not there. */
export function limitTarget(principal: Principal, written: TargetInput): LimitTarget {
  const { tenantId } = written;
  const { scope, id } = checkedTarget(written.scope, written.id);
  const isAbove = isInstallationAdministrator(principal);
  if (scope === 'global') {
    requireAbove(isAbove, 'the budget of the installation');
    return { scope, tenantId: ALL, scopeId: ALL, byInstallation: true };
  }
  const tenant = scope === 'tenant' ? id : (tenantId ?? principal.tenantId);
  if (tenant === ALL) {
    requireAbove(isAbove, 'budgets of all tenants');
    if (id !== ALL) throw notForOne();
    return { scope, tenantId: ALL, scopeId: ALL, byInstallation: true };
  }
  if (tenant !== principal.tenantId && !isAbove) throw new NotFoundError('tenant', tenant);
  return { scope, tenantId: tenant, scopeId: id, byInstallation: isAbove && tenant !== principal.tenantId };
}

function requireAbove(isAbove: boolean, what: string): void {
  if (!isAbove) throw new ForbiddenError(`Only an administrator of the tenant "default" may see and set ${what}.`);
}

function notForOne(): InvalidRequestError {
  const message = 'must be * when the tenant is *';
  return new InvalidRequestError(`"id" ${message}: an id belongs to one tenant.`, [{ pointer: '/id', message }]);
}
