import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { ForbiddenError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { newId, type Principal } from '@memori/scope';
import { Audit } from './audit';
import { decodeCursor, type Page, type PageRequest, pageOf } from './page';
import { isInstallationAdministrator } from './roles';

export interface TenantInput {
  readonly name: string;
  readonly timeZone?: string;
  readonly language?: string;
}

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly language: string | null;
  readonly createdAt: Date;
}

const COLUMNS = 'id, name, time_zone AS "timeZone", language, created_at AS "createdAt"';

/** Organisations that share an installation and see nothing of each other. */
@Injectable()
export class Tenants {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  async create(principal: Principal, input: TenantInput, requestId?: string): Promise<TenantRecord> {
    requireInstallationAdministrator(principal);
    const timeZone = input.timeZone ?? 'UTC';
    if (!isTimeZone(timeZone)) throw notATimeZone();
    const id = newId();
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      const [record] = await tx.query<TenantRecord>(
        `INSERT INTO memori.tenants (id, name, time_zone, language) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
        [id, input.name, timeZone, input.language ?? null],
      );
      await this.audit.record(tx, {
        principal,
        action: 'tenant.create',
        subjectType: 'tenant',
        subjectId: id,
        requestId,
      });
      return record as TenantRecord;
    });
  }

  async get(principal: Principal, id: string): Promise<TenantRecord> {
    requireInstallationAdministrator(principal);
    const [record] = await this.database.call<TenantRecord>(`SELECT ${COLUMNS} FROM memori.tenants WHERE id = $1`, [
      id,
    ]);
    if (!record) throw new NotFoundError('tenant', id);
    return record;
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<TenantRecord>> {
    requireInstallationAdministrator(principal);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, /^[0-9a-z-]{1,64}$/);
    const rows = await this.database.call<TenantRecord>(
      `SELECT ${COLUMNS} FROM memori.tenants WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2`,
      [after, page.limit + 1],
    );
    return pageOf(rows, page.limit, (row) => row.id);
  }
}

function requireInstallationAdministrator(principal: Principal): void {
  if (isInstallationAdministrator(principal)) return;
  throw new ForbiddenError('Only an administrator of the tenant "default" may see and make tenants.');
}

function notATimeZone(): InvalidRequestError {
  const message = 'must be an IANA time zone such as Europe/Berlin';
  return new InvalidRequestError(`"timeZone" ${message}.`, [{ pointer: '/timeZone', message }]);
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
