import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { InvalidRequestError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { newId, type Principal, type UserScope, userScopeOf } from '@memori/scope';
import { Audit, requireRole } from '@memori/security';
import { FieldChecks, Sessions } from '@memori/session';
import { ForgettingRepository, type ForgottenCounts } from './forgetting.repository';

export const FORGET_SCOPES = ['session', 'namespace', 'user'] as const;

/** `id` is a session's id or `ext:…`, a namespace, or a user's id. */
export interface ForgetRequest {
  readonly scope: (typeof FORGET_SCOPES)[number];
  readonly id: string;
}

/** What was erased, and what stays by design. */
export interface ForgetReceipt {
  readonly id: string;
  readonly scope: ForgetRequest['scope'];
  readonly target: string;
  readonly forgottenAt: string;
  readonly counts: ForgottenCounts;
  readonly stays: string[];
}

const STAYS = ['amounts in the ledger', 'ids and counts in the audit log', 'backups made before'];

/** Erases all that was said and kept in a session, a namespace or by a user, in one transaction. */
@Injectable()
export class Forgetting {
  constructor(
    private readonly database: Database,
    private readonly repository: ForgettingRepository,
    private readonly sessions: Sessions,
    private readonly audit: Audit,
  ) {}

  async forget(principal: Principal, request: ForgetRequest): Promise<ForgetReceipt> {
    checkRequest(request);
    const owner = ownerOf(principal, request);
    const receiptId = newId();
    const target = request.scope === 'session' ? (await this.sessions.locate(principal, request.id)).id : request.id;
    const { counts, at } = await this.database.transaction(
      owner,
      async (tx) => {
        const erased = await this.erase(tx, owner, request.scope, target);
        await this.record(tx, principal, request.scope, receiptId, { ...erased.counts });
        return erased;
      },
      { retryConflicts: 3 },
    );
    return { id: receiptId, scope: request.scope, target, forgottenAt: at.toISOString(), counts, stays: STAYS };
  }

  private erase(tx: Tx, owner: UserScope, scope: ForgetRequest['scope'], target: string) {
    return this.repository.erase(tx, owner, {
      sessionId: scope === 'session' ? target : null,
      namespace: scope === 'namespace' ? target : null,
    });
  }

  /** A namespace may be named after a person, a session not: the audit row holds the receipt's id, not the target. */
  private record(
    tx: Tx,
    principal: Principal,
    scope: string,
    receiptId: string,
    details: Record<string, number>,
  ): Promise<void> {
    const requestId = RequestContext.current()?.requestId;
    return this.audit.record(tx, {
      principal,
      action: `forget.${scope}`,
      subjectType: 'receipt',
      subjectId: receiptId,
      requestId,
      details,
    });
  }
}

function checkRequest(request: ForgetRequest): void {
  const checks = new FieldChecks();
  if (!FORGET_SCOPES.includes(request.scope)) checks.add('/scope', `must be one of ${FORGET_SCOPES.join(', ')}`);
  checks.text('/id', request.id, 512);
  checks.throwIfAny();
}

/** Everybody forgets what is his own; an administrator also another user of the tenant. */
function ownerOf(principal: Principal, { scope, id }: ForgetRequest): UserScope {
  requireRole(principal, 'member');
  if (scope !== 'user' || id === principal.userId) return userScopeOf(principal);
  requireRole(principal, 'administrator');
  if (id === '*')
    throw new InvalidRequestError('"/id" must be one user.', [{ pointer: '/id', message: 'must be one user' }]);
  return { tenantId: principal.tenantId, userId: id };
}
