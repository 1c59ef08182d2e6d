/** Whose rows a transaction may see. Without `userId`: all users of the tenant. */
export interface DbScope {
  readonly tenantId: string;
  readonly userId?: string;
}

/** The system itself: sweepers, reapers, start-up. Never used on behalf of a caller. */
export const SYSTEM_SCOPE: DbScope = { tenantId: '*', userId: '*' };
