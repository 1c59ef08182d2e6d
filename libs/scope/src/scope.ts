import type { Principal } from './principal';

/** Everything of one tenant. */
export interface TenantScope {
  readonly tenantId: string;
}

/** Everything of one user of a tenant. */
export interface UserScope extends TenantScope {
  readonly userId: string;
}

/** What a user says and keeps under one namespace. */
export interface NamespaceScope extends UserScope {
  readonly namespace: string;
}

/** One session. `isolated` sessions teach nothing to the others and read nothing from them. */
export interface SessionScope extends NamespaceScope {
  readonly sessionId: string;
  readonly isolated: boolean;
}

export const DEFAULT_NAMESPACE = 'default';

export function userScopeOf(principal: Principal): UserScope {
  return { tenantId: principal.tenantId, userId: principal.userId };
}

/** The default namespace of a question. */
export function dataSourceNamespace(dataSourceId: string): string {
  return `schema:${dataSourceId}`;
}

/** `user:session:namespace`, each part percent-encoded. For display only: scopes are compared by their columns. */
export function displayScope(scope: SessionScope): string {
  return [scope.userId, scope.sessionId, scope.namespace].map(encodeURIComponent).join(':');
}
