import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, SYSTEM_SCOPE } from '@memori/database';
import { NotFoundError } from '@memori/errors';
import { Clock, isId, newId, type Principal } from '@memori/scope';
import { Audit } from './audit';
import { checkedApiKey, type ApiKeyInput } from './api-key-input';
import { hashOfKey } from './bearer';
import { decodeCursor, ID_CURSOR, type Page, type PageRequest, pageOf } from './page';
import { isInstallationAdministrator, requireRole } from './roles';
import { Users } from './users';

/** A key as it may be shown: everything but the key. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly roles: string[];
  readonly tenantId: string;
  readonly userId: string;
  readonly mayActFor: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** A new key, shown this once. */
export interface NewApiKey extends ApiKeyRecord {
  readonly key: string;
}

const COLUMNS = `id, name, prefix, roles, tenant_id AS "tenantId", user_id AS "userId", may_act_for AS "mayActFor",
  created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Keys of people and applications: kept as hashes, so a stolen table opens nothing. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async create(principal: Principal, input: ApiKeyInput, requestId?: string): Promise<NewApiKey> {
    requireRole(principal, 'administrator');
    const wanted = checkedApiKey(input, this.clock.now());
    const tenantId = await this.visibleTenant(principal, input.tenantId);
    const key = `mk_${randomBytes(32).toString('base64url')}`;
    const id = newId();
    return this.database.transaction({ tenantId }, async (tx) => {
      await this.users.ensure(tx, tenantId, wanted.userId);
      const [record] = await tx.query<ApiKeyRecord>(
        `INSERT INTO memori.api_keys (id, tenant_id, user_id, name, prefix, hash, roles, may_act_for, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
        [
          id,
          tenantId,
          wanted.userId,
          wanted.name,
          key.slice(0, 11),
          hashOfKey(key),
          wanted.roles,
          wanted.mayActFor,
          wanted.expiresAt,
        ],
      );
      const details = { roles: wanted.roles, mayActFor: wanted.mayActFor, keyTenantId: tenantId };
      const author = { ...principal, tenantId };
      await this.audit.record(tx, {
        principal: author,
        action: 'api-key.create',
        subjectType: 'api-key',
        subjectId: id,
        requestId,
        details,
      });
      return { ...(record as ApiKeyRecord), key };
    });
  }

  async list(principal: Principal, page: PageRequest, tenantId?: string): Promise<Page<ApiKeyRecord>> {
    requireRole(principal, 'administrator');
    const tenant = await this.visibleTenant(principal, tenantId);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const rows = await this.database.query<ApiKeyRecord>(
      { tenantId: tenant },
      `SELECT ${COLUMNS} FROM memori.api_keys
       WHERE tenant_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [tenant, after, page.limit + 1],
    );
    return pageOf(rows, page.limit, (row) => row.id);
  }

  /** Ends a key at once, on every instance. The row stays for the audit. */
  async revoke(principal: Principal, id: string, requestId?: string): Promise<void> {
    requireRole(principal, 'administrator');
    if (!isId(id)) throw new NotFoundError('API key', id);
    const everywhere = isInstallationAdministrator(principal);
    await this.database.transaction(everywhere ? SYSTEM_SCOPE : { tenantId: principal.tenantId }, async (tx) => {
      const [row] = await tx.query<{ tenant_id: string }>(
        `WITH ended AS (UPDATE memori.api_keys SET revoked_at = now()
           WHERE id = $1 AND revoked_at IS NULL AND ($2 OR tenant_id = $3) RETURNING tenant_id) SELECT * FROM ended`,
        [id, everywhere, principal.tenantId],
      );
      if (!row) throw new NotFoundError('API key', id);
      const author = { ...principal, tenantId: row.tenant_id };
      await this.audit.record(tx, {
        principal: author,
        action: 'api-key.revoke',
        subjectType: 'api-key',
        subjectId: id,
        requestId,
      });
    });
  }

  private async visibleTenant(principal: Principal, tenantId = principal.tenantId): Promise<string> {
    if (tenantId === principal.tenantId) return tenantId;
    const found = isInstallationAdministrator(principal)
      ? await this.database.call('SELECT 1 FROM memori.tenants WHERE id = $1', [tenantId])
      : [];
    if (found.length === 0) throw new NotFoundError('tenant', tenantId);
    return tenantId;
  }
}
