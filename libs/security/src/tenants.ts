import { Injectable } from '@nestjs/common';
import { Database, errorCodeOf } from '@memori/database';
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

/** What is absent stays; null gives the default back. */
export interface TenantPatch {
  readonly name?: string;
  readonly timeZone?: string | null;
  readonly language?: string | null;
}

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly language: string | null;
  readonly createdAt: Date;
}

const COLUMNS = 'id, name, time_zone AS "timeZone", language, created_at AS "createdAt"';

const DEFAULT_TIME_ZONE = 'UTC';
/** SQLSTATE invalid_parameter_value. */
const INVALID_PARAMETER = '22023';

/** Organisations that share an installation and see nothing of each other. */
@Injectable()
export class Tenants {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  async create(principal: Principal, input: TenantInput, requestId?: string): Promise<TenantRecord> {
    requireInstallationAdministrator(principal);
    const timeZone = input.timeZone ?? DEFAULT_TIME_ZONE;
    await this.requireTimeZone(timeZone);
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

  /**
   * The windows of budgets go by the time zone of the tenant: with another one the next call counts in the day that it is
   * there. What was spent and is held stays in the day in which it was.
   */
  async change(principal: Principal, id: string, patch: TenantPatch, requestId?: string): Promise<TenantRecord> {
    requireInstallationAdministrator(principal);
    const { name, timeZone, language } = patch;
    if (timeZone != null) await this.requireTimeZone(timeZone);
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      const [record] = await tx.query<TenantRecord>(
        `UPDATE memori.tenants SET name = coalesce($2, name), time_zone = coalesce($3, time_zone),
           language = CASE WHEN $4 THEN $5 ELSE language END
         WHERE id = $1 RETURNING ${COLUMNS}`,
        [
          id,
          name ?? null,
          timeZone === null ? DEFAULT_TIME_ZONE : (timeZone ?? null),
          language !== undefined,
          language ?? null,
        ],
      );
      if (!record) throw new NotFoundError('tenant', id);
      await this.audit.record(tx, {
        principal,
        action: 'tenant.change',
        subjectType: 'tenant',
        subjectId: id,
        requestId,
        details: { fields: Object.entries(patch).flatMap(([field, value]) => (value === undefined ? [] : field)) },
      });
      return record;
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

  /** By both who reckon with it: a zone that the database does not know would fail every call of the tenant. */
  private async requireTimeZone(name: string): Promise<void> {
    if (!isTimeZone(name)) throw notATimeZone();
    try {
      await this.database.call('SELECT now() AT TIME ZONE $1', [name]);
    } catch (error) {
      if (errorCodeOf(error) === INVALID_PARAMETER) throw notATimeZone();
      throw error;
    }
  }
}

function requireInstallationAdministrator(principal: Principal): void {
  if (isInstallationAdministrator(principal)) return;
  throw new ForbiddenError('Only an administrator of the tenant "default" may see, make and change tenants.');
}

function notATimeZone(): InvalidRequestError {
  const message = 'must be an IANA time zone such as Europe/Berlin';
  return new InvalidRequestError(`"timeZone" ${message}.`, [{ pointer: '/timeZone', message }]);
}

function isTimeZone(name: string): boolean {
  // Intl may take offsets such as "+05:00", which PostgreSQL reads with the opposite sign.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
