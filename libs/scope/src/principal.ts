export const ROLES = ['reader', 'member', 'curator', 'administrator', 'operator'] as const;

export type Role = (typeof ROLES)[number];

/** Who is asking: the tenant and user behind an API key, or the user that the key acts for. */
export interface Principal {
  readonly tenantId: string;
  readonly userId: string;
  readonly roles: readonly Role[];
  /** Null for the administrator's key, which lives in the configuration and not in a table. */
  readonly apiKeyId: string | null;
  /** The user whose key acts for `userId` by `X-Memori-User`; null when everybody speaks for himself. */
  readonly actedBy: string | null;
}

/** Roles are a set: an administrator may do what a curator may, a curator what a member may, a member what a reader may. */
const IMPLIED: Record<Role, readonly Role[]> = {
  reader: ['reader'],
  member: ['member', 'reader'],
  curator: ['curator', 'member', 'reader'],
  administrator: ['administrator', 'curator', 'member', 'reader', 'operator'],
  operator: ['operator'],
};

export function hasRole(principal: Principal, role: Role): boolean {
  return principal.roles.some((held) => IMPLIED[held].includes(role));
}
