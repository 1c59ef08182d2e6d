import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { ConflictError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { type Erasure, Erasers, FORGET_SCOPES } from '@memori/privacy';
import { Clock, newId, type Principal, type UserScope, userScopeOf } from '@memori/scope';
import { Audit, ReceiptSeal, requireRole, type Signature, Users } from '@memori/security';
import { FieldChecks, Sessions } from '@memori/session';
import { ForgettingRepository } from './forgetting.repository';

/** `id` is a session's id or `ext:…`, a namespace, or a user's id. */
export interface ForgetRequest {
  readonly scope: Erasure['scope'];
  readonly id: string;
}

/** What was erased, and what stays by design; signed, so that it can be shown to others. */
export interface ForgetReceipt {
  readonly id: string;
  readonly scope: ForgetRequest['scope'];
  readonly target: string;
  readonly forgottenAt: string;
  /** Rows by kind. */
  readonly counts: Readonly<Record<string, number>>;
  readonly stays: readonly string[];
  readonly signature: Signature;
}

/** Erases all that was said and kept in a session, a namespace or by a user, of every lib, in one transaction. */
@Injectable()
export class Forgetting {
  constructor(
    private readonly database: Database,
    private readonly repository: ForgettingRepository,
    private readonly erasers: Erasers,
    private readonly sessions: Sessions,
    private readonly users: Users,
    private readonly audit: Audit,
    private readonly seal: ReceiptSeal,
    private readonly clock: Clock,
  ) {}

  async forget(principal: Principal, request: ForgetRequest): Promise<ForgetReceipt> {
    checkRequest(request);
    const owner = ownerOf(principal, request);
    const { scope } = request;
    const id = newId();
    const target = scope === 'session' ? (await this.sessions.locate(principal, request.id)).id : request.id;
    const counts = await this.database.transaction(
      owner,
      async (tx) => {
        const erased = await this.erase(tx, owner, scope, target);
        await this.record(tx, principal, scope, id, erased);
        return erased;
      },
      { retryConflicts: 3 },
    );
    const forgottenAt = this.clock.now().toISOString();
    const receipt = { id, scope, target, forgottenAt, counts, stays: this.erasers.stays };
    return { ...receipt, signature: this.seal.sign(receipt) };
  }

  /** A user of the tenant as a whole: what was forgotten by `forget`, his keys, and that he was ever known. */
  async deleteUser(principal: Principal, userId: string): Promise<void> {
    requireRole(principal, 'administrator');
    if (userId === principal.userId)
      throw new ConflictError('You cannot delete yourself; let another administrator do it.');
    const owner = { tenantId: principal.tenantId, userId };
    await this.database.transaction(
      owner,
      async (tx) => {
        const counts = await this.erase(tx, owner, 'user', userId);
        if (!(await this.users.remove(tx, owner.tenantId, userId))) throw new NotFoundError('user', userId);
        await this.record(tx, principal, 'user', newId(), counts);
      },
      { retryConflicts: 3 },
    );
  }

  private async erase(tx: Tx, owner: UserScope, scope: ForgetRequest['scope'], target: string) {
    const namespace = scope === 'namespace' ? target : null;
    const sessionId = scope === 'session' ? target : null;
    const sessionIds = await this.repository.lockSessions(tx, owner, { sessionId, namespace });
    return this.erasers.eraseAll(tx, { ...owner, scope, namespace, sessionIds });
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
