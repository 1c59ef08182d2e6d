import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, SYSTEM_SCOPE, type Tx } from '@memori/database';
import { ForbiddenError, NotFoundError } from '@memori/errors';
import { Log, Metrics } from '@memori/monitoring';
import type { Principal } from '@memori/scope';
import {
  Audit,
  decodeCursor,
  isInstallationAdministrator,
  type Page,
  type PageRequest,
  pageOf,
  requireRole,
} from '@memori/security';
import { type AlertRow, tellAlerts } from './budget-alerts';
import { checkedLimit, checkedWindow, type LimitInput } from './limit-input';
import { type LimitRecord, LIMIT_COLUMNS, type ScopeStanding, VISIBLE_LIMITS } from './limit-record';
import { ALL, limitTarget, type LimitTarget, type TargetInput } from './limit-target';
import { installationFacts, LIMIT_WINDOWS, type LimitWindow } from './limits';

/** Reads and sets limits. A change counts at once, for every instance and for what is being spent in this very window. */
@Injectable()
export class BudgetLimits {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Sets the limit of one scope in one window, in place of the one that was there. */
  async set(principal: Principal, whose: TargetInput, input: LimitInput, requestId?: string): Promise<LimitRecord> {
    requireRole(principal, 'administrator');
    const target = limitTarget(principal, whose);
    const { window, tokens, nanoUsd, soft } = checkedLimit(input);
    await this.requireThere(target);
    const wanted = { tokens, nanoUsd, soft, setBy: principal.userId, byInstallation: target.byInstallation };
    return this.change(principal, target, [window], wanted, requestId, async (tx) => {
      const [record] = await tx.query<LimitRecord>(
        `SELECT ${LIMIT_COLUMNS} FROM memori.limits m WHERE (m.scope, m.tenant_id, m.scope_id, m.period, m.origin)
           = ($1, $2, $3, $4, 'administrator')`,
        [target.scope, target.tenantId, target.scopeId, window],
      );
      return record as LimitRecord;
    });
  }

  /** Takes limits away: of one window, or of all. What a wider limit or the configuration says counts again. */
  async remove(principal: Principal, whose: TargetInput, window?: string, requestId?: string): Promise<void> {
    requireRole(principal, 'administrator');
    const target = limitTarget(principal, whose);
    const windows = window === undefined ? LIMIT_WINDOWS : [checkedWindow(window)];
    const rows = await this.database.query<{ period: LimitWindow }>(
      SYSTEM_SCOPE,
      `SELECT period FROM memori.limits WHERE (scope, tenant_id, scope_id, origin) = ($1, $2, $3, 'administrator')
         AND period = ANY ($4)`,
      [target.scope, target.tenantId, target.scopeId, windows],
    );
    if (rows.length === 0) throw new NotFoundError('budget', `${whose.scope}/${whose.id}`);
    const there = rows.map(({ period }) => period);
    await this.change(principal, target, there, { remove: true }, requestId, () => Promise.resolve());
  }

  /** The limits of a tenant, with those for all tenants that bear on it. */
  async list(principal: Principal, page: PageRequest, tenantId = principal.tenantId): Promise<Page<LimitRecord>> {
    requireRole(principal, 'administrator');
    const isAbove = isInstallationAdministrator(principal);
    if (tenantId !== principal.tenantId && !isAbove) throw new NotFoundError('tenant', tenantId);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, /^[^\0]{1,1000}$/);
    const rows = await this.database.query<LimitRecord & { key: string }>(
      SYSTEM_SCOPE,
      `SELECT * FROM (${VISIBLE_LIMITS}) v WHERE $3::text IS NULL OR v.key > $3 ORDER BY v.key LIMIT $4`,
      [tenantId, isAbove, after, page.limit + 1],
    );
    const { items, nextCursor } = pageOf(rows, page.limit, (row) => row.key);
    return { items: items.map(({ key: _, ...record }) => record), nextCursor };
  }

  /** How one scope stands in its windows of now, whether a limit bears on it or not. */
  async standing(principal: Principal, whose: TargetInput): Promise<ScopeStanding[]> {
    requireRole(principal, 'administrator');
    const { scope, tenantId, scopeId } = limitTarget(principal, whose);
    if (scopeId === ALL && scope !== 'global') throw new NotFoundError(scope, scopeId);
    const [row] = await this.database.call<{ items: ScopeStanding[] }>(
      'SELECT memori.scope_standing($1, $2, $3, $4) AS items',
      [scope, tenantId, scopeId, JSON.stringify(installationFacts(this.env))],
    );
    return row?.items ?? [];
  }

  /** Limits and their audit rows in one transaction: one is not there without the other. */
  private async change<T>(
    principal: Principal,
    target: LimitTarget,
    windows: readonly LimitWindow[],
    wanted: Readonly<Record<string, unknown>>,
    requestId: string | undefined,
    read: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const author = target.tenantId === ALL ? principal : { ...principal, tenantId: target.tenantId };
    const alerts: AlertRow[] = [];
    const result = await this.database.transaction({ tenantId: author.tenantId }, async (tx) => {
      for (const window of windows) {
        const isAbove = isInstallationAdministrator(principal);
        alerts.push(...(await this.write(tx, target, window, { ...wanted, isAbove })));
        await this.audit.record(tx, {
          principal: author,
          action: wanted.remove ? 'budget.remove' : 'budget.set',
          subjectType: 'budget',
          subjectId: `${target.scope}/${target.scopeId}/${window}`,
          requestId,
          details: { ...wanted, setBy: undefined, budgetTenantId: target.tenantId },
        });
      }
      await tx.query("SELECT set_config('memori.tenant_id', '*', true)");
      return read(tx);
    });
    tellAlerts(alerts, this.metrics, this.log);
    return result;
  }

  private async write(tx: Tx, target: LimitTarget, window: LimitWindow, wanted: Readonly<Record<string, unknown>>) {
    const { scope, tenantId, scopeId } = target;
    const limit = { ...wanted, scope, tenantId, scopeId, period: window, origin: 'administrator' };
    const [row] = await tx.query<{ alerts: AlertRow[] | null }>('SELECT memori.set_limit($1, $2) AS alerts', [
      JSON.stringify(limit),
      JSON.stringify(installationFacts(this.env)),
    ]);
    if (row?.alerts) return row.alerts;
    throw new ForbiddenError('This budget was set by administrators of the installation; only they may change it.');
  }

  private async requireThere({ scope, tenantId, scopeId }: LimitTarget): Promise<void> {
    if (tenantId === ALL) return;
    const [row] = await this.database.query<{ tenant: boolean; session: boolean }>(
      SYSTEM_SCOPE,
      `SELECT EXISTS (SELECT 1 FROM memori.tenants WHERE id = $1) AS tenant,
              $2 = '*' OR EXISTS (SELECT 1 FROM memori.sessions WHERE tenant_id = $1 AND id::text = $2) AS session`,
      [tenantId, scopeId],
    );
    if (!row?.tenant) throw new NotFoundError('tenant', tenantId);
    if (scope === 'session' && !row.session) throw new NotFoundError('session', scopeId);
  }
}
