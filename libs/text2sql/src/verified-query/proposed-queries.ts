import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { NotFoundError } from '@memori/errors';
import { isId, type Principal } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, type PageRequest, pageOf, requireRole } from '@memori/security';
import { DataSources } from '../data-source/data-sources';
import type { VerifiedQuery } from './verified-query';
import { VerifiedQueries } from './verified-queries.service';
import type { VerifiedQueryPatch } from './verified-query-input';

/** A question whose answer its asker found right. It answers nothing until a curator promotes it. */
export interface ProposedQuery {
  /** Of the verdict that proposes it. */
  readonly id: string;
  readonly questionId: string;
  readonly dataSourceId: string;
  readonly question: string;
  readonly sql: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
}

type Row = Omit<ProposedQuery, 'proposedAt'> & { readonly proposedAt: Date };

const OPEN = `SELECT f.id, f.question_id AS "questionId", q.data_source_id AS "dataSourceId", q.question,
    q.answer->>'sql' AS sql, f.user_id AS "proposedBy", f.created_at AS "proposedAt"
  FROM memori.question_feedback f JOIN memori.questions q ON q.id = f.question_id
  WHERE f.tenant_id = $1 AND q.tenant_id = $1 AND f.proposal = 'open'`;

/** Verdicts `correct` as a curator sees them: he promotes or rejects. */
@Injectable()
export class ProposedQueries {
  constructor(
    private readonly database: Database,
    private readonly dataSources: DataSources,
    private readonly queries: VerifiedQueries,
    private readonly audit: Audit,
  ) {}

  /** The oldest first. */
  async list(principal: Principal, dataSource: string | undefined, page: PageRequest): Promise<Page<ProposedQuery>> {
    requireRole(principal, 'curator');
    const { tenantId, id } = await this.dataSources.resolve(principal, dataSource);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const rows = await this.database.query<Row>(
      { tenantId },
      `${OPEN} AND q.data_source_id = $2 AND ($3::uuid IS NULL OR f.id > $3) ORDER BY f.id LIMIT $4`,
      [tenantId, id, after, page.limit + 1],
    );
    return pageOf(rows.map(fromRow), page.limit, (proposal) => proposal.id);
  }

  /** Checked like any verified query; `patch` turns what one person asked into what many ask. Both or neither is done. */
  async promote(
    principal: Principal,
    id: string,
    patch: VerifiedQueryPatch,
    requestId?: string,
  ): Promise<VerifiedQuery> {
    const proposal = await this.get(principal, id);
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const { dataSourceId, question, sql } = proposal;
    return this.queries.create(principal, { dataSourceId, question, sql, ...given }, requestId, (tx) =>
      this.close(tx, principal, id, 'promoted'),
    );
  }

  async reject(principal: Principal, id: string, requestId?: string): Promise<void> {
    await this.get(principal, id);
    await this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      await this.close(tx, principal, id, 'rejected');
      const action = 'verified-query.reject';
      await this.audit.record(tx, { principal, action, subjectType: 'proposed-query', subjectId: id, requestId });
    });
  }

  private async get(principal: Principal, id: string): Promise<ProposedQuery> {
    requireRole(principal, 'curator');
    const { tenantId } = principal;
    const [row] = isId(id) ? await this.database.query<Row>({ tenantId }, `${OPEN} AND f.id = $2`, [tenantId, id]) : [];
    if (!row) throw notFound(id);
    await this.dataSources.resolve(principal, row.dataSourceId);
    return fromRow(row);
  }

  /** Of two curators one is first. */
  private async close(tx: Tx, { tenantId }: Principal, id: string, as: 'promoted' | 'rejected'): Promise<void> {
    const rows = await tx.query(
      `UPDATE memori.question_feedback SET proposal = $3 WHERE tenant_id = $1 AND id = $2 AND proposal = 'open' RETURNING id`,
      [tenantId, id, as],
    );
    if (rows.length === 0) throw notFound(id);
  }
}

function notFound(id: string): NotFoundError {
  return new NotFoundError('proposed query', id);
}

function fromRow(row: Row): ProposedQuery {
  return { ...row, proposedAt: row.proposedAt.toISOString() };
}
