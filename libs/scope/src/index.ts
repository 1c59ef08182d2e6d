/** Principal, scope, ids, the clock: pure, everybody may import it. */
export { ROLES, hasRole, type Principal, type Role } from './principal';
export {
  DEFAULT_NAMESPACE,
  dataSourceNamespace,
  displayScope,
  userScopeOf,
  type NamespaceScope,
  type SessionScope,
  type TenantScope,
  type UserScope,
} from './scope';
export { isId, newId } from './ids';
export { Clock, SystemClock } from './clock';
