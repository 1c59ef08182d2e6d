import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { ConflictError, NotFoundError } from '@memori/errors';
import { isId, newId, type Principal } from '@memori/scope';
import {
  Audit,
  decodeCursor,
  ID_CURSOR,
  type Page,
  type PageRequest,
  pageOf,
  requireRole,
  Vault,
} from '@memori/security';
import { checkedWebhook, type NewWebhook, type WebhookInput, type WebhookRecord } from './webhook';

const MOST_OF_A_TENANT = 20;
const COLUMNS = 'id, url, events, created_by AS "createdBy", created_at AS "createdAt"';

/** The context under which a webhook's secret is sealed. */
export const secretContext = (id: string) => `webhook:${id}`;

/** The webhooks of a tenant. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  async create(principal: Principal, input: WebhookInput, requestId?: string): Promise<NewWebhook> {
    requireRole(principal, 'administrator');
    const { url, events } = checkedWebhook(input, { allowPrivate: this.env.MEMORI_ALLOW_PRIVATE_DATA_SOURCES });
    const id = newId();
    const secret = `whsec_${randomBytes(32).toString('base64url')}`;
    const { tenantId, userId } = principal;
    return this.database.transaction({ tenantId }, async (tx) => {
      const sealed = this.vault.encrypt(secret, secretContext(id));
      const [record] = await tx.query<WebhookRecord>(
        `INSERT INTO memori.webhooks (id, tenant_id, url, events, secret, created_by)
         SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM memori.webhooks WHERE tenant_id = $2) < $7
         RETURNING ${COLUMNS}`,
        [id, tenantId, url, events, sealed, userId, MOST_OF_A_TENANT],
      );
      if (!record) throw new ConflictError(`A tenant has ${MOST_OF_A_TENANT} webhooks at most; delete one first.`);
      const subject = { subjectType: 'webhook', subjectId: id, requestId };
      await this.audit.record(tx, { principal, action: 'webhook.create', ...subject, details: { events } });
      return { ...record, secret };
    });
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<WebhookRecord>> {
    requireRole(principal, 'administrator');
    const { tenantId } = principal;
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const rows = await this.database.query<WebhookRecord>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.webhooks WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [tenantId, after, page.limit + 1],
    );
    return pageOf(rows, page.limit, (row) => row.id);
  }

  /** Its deliveries go with it, those that wait included. */
  async delete(principal: Principal, id: string, requestId?: string): Promise<void> {
    requireRole(principal, 'administrator');
    if (!isId(id)) throw new NotFoundError('webhook', id);
    const { tenantId } = principal;
    await this.database.transaction({ tenantId }, async (tx) => {
      const rows = await tx.query(
        'WITH gone AS (DELETE FROM memori.webhooks WHERE tenant_id = $1 AND id = $2 RETURNING 1) SELECT * FROM gone',
        [tenantId, id],
      );
      if (rows.length === 0) throw new NotFoundError('webhook', id);
      await this.audit.record(tx, {
        principal,
        action: 'webhook.delete',
        subjectType: 'webhook',
        subjectId: id,
        requestId,
      });
    });
  }
}
