import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { ConflictError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { isId, newId, type Principal } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, type PageRequest, pageOf, requireRole } from '@memori/security';
import { DataSources } from '../data-source/data-sources';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { type ImportedLines, importLines, type ImportReport, parseLine } from '../data-source/import-lines';
import { SqlExecutor } from '../execution/sql-executor';
import { SqlGuard } from '../guard/sql-guard';
import { SqlNotAllowedError } from '../guard/sql-not-allowed.error';
import { parseTemplate } from './question-template';
import { VerifiedBooks } from './verified-book';
import { VerifiedMatcher } from './verified-matcher';
import type { VerifiedMatch, VerifiedQuery } from './verified-query';
import { checkVerifiedQuery, type VerifiedQueryInput, type VerifiedQueryPatch } from './verified-query-input';
import { type StoredQuery, VerifiedQueryRepository } from './verified-query.repository';

/** Questions with SQL that a curator vouches for: kept, checked, matched. */
@Injectable()
export class VerifiedQueries {
  constructor(
    private readonly database: Database,
    private readonly repository: VerifiedQueryRepository,
    private readonly books: VerifiedBooks,
    private readonly matcher: VerifiedMatcher,
    private readonly dataSources: DataSources,
    private readonly guard: SqlGuard,
    private readonly executor: SqlExecutor,
    private readonly audit: Audit,
  ) {}

  /** `within` is done in the same transaction. */
  async create(
    principal: Principal,
    input: VerifiedQueryInput,
    requestId?: string,
    within?: (tx: Tx) => Promise<void>,
  ): Promise<VerifiedQuery> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, input.dataSourceId ?? undefined);
    const query = await this.checked(principal, record, newId(), input);
    return this.change(principal, 'verified-query.create', query.id, requestId, async (tx) => {
      const inserted = await this.repository.insert(tx, query);
      if (!inserted) throw twinError();
      await within?.(tx);
      return inserted;
    });
  }

  async get(principal: Principal, id: string): Promise<VerifiedQuery> {
    requireRole(principal, 'reader');
    const query = isId(id) ? await this.repository.find(principal.tenantId, id) : undefined;
    if (!query) throw new NotFoundError('verified query', id);
    // Who may not see the data source may not see its queries.
    await this.dataSources.resolve(principal, query.dataSourceId);
    return query;
  }

  async list(principal: Principal, dataSourceId: string | undefined, page: PageRequest): Promise<Page<VerifiedQuery>> {
    requireRole(principal, 'reader');
    const record = await this.dataSources.resolve(principal, dataSourceId);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const queries = await this.repository.list(principal.tenantId, record.id, after, page.limit + 1);
    return pageOf(queries, page.limit, ({ id }) => id);
  }

  async update(
    principal: Principal,
    id: string,
    patch: VerifiedQueryPatch,
    requestId?: string,
  ): Promise<VerifiedQuery> {
    requireRole(principal, 'curator');
    const old = await this.get(principal, id);
    const record = await this.dataSources.resolve(principal, old.dataSourceId);
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const query = await this.checked(principal, record, id, { ...old, ...given });
    return this.change(principal, 'verified-query.update', id, requestId, async (tx) => {
      if (await this.repository.hasTwin(tx, query)) throw twinError();
      const changed = await this.repository.replace(tx, query);
      if (!changed) throw new NotFoundError('verified query', id);
      return changed;
    });
  }

  async delete(principal: Principal, id: string, requestId?: string): Promise<void> {
    requireRole(principal, 'curator');
    await this.get(principal, id);
    await this.change(principal, 'verified-query.delete', id, requestId, async (tx) => {
      if (!(await this.repository.delete(tx, principal.tenantId, id))) throw new NotFoundError('verified query', id);
    });
  }

  /** One JSON object a line, as `exportNdjson` writes them. A question that is there already gets the new SQL. */
  async importNdjson(
    principal: Principal,
    dataSourceId: string | undefined,
    lines: ImportedLines,
    requestId?: string,
  ): Promise<ImportReport> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSourceId);
    return importLines(lines, async (text) =>
      (await this.importOne(principal, record, text, requestId)) ? 'created' : 'updated',
    );
  }

  async *exportNdjson(principal: Principal, dataSourceId: string | undefined): AsyncIterable<string> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSourceId);
    let after: string | null = null;
    do {
      const queries: VerifiedQuery[] = await this.repository.list(principal.tenantId, record.id, after, 500);
      for (const { question, sql, parameters, description, status } of queries)
        yield `${JSON.stringify({ question, sql, parameters, description, status })}\n`;
      after = queries.at(-1)?.id ?? null;
    } while (after !== null);
  }

  /** The verified query that this question is, with its values. */
  async match(principal: Principal, record: DataSourceRecord, question: string): Promise<VerifiedMatch | undefined> {
    const book = await this.books.current(principal.tenantId, record.id);
    if (book.entries.length === 0) return undefined;
    return this.matcher.match(book, question, { record, catalog: await this.dataSources.catalog(record) });
  }

  /** It no longer fits its data source: it answers nothing until a curator has looked at it. */
  markStale(query: VerifiedQuery): Promise<void> {
    return this.repository.markStale(query);
  }

  private async importOne(
    principal: Principal,
    record: DataSourceRecord,
    text: string,
    requestId?: string,
  ): Promise<boolean> {
    const query = await this.checked(
      principal,
      record,
      newId(),
      parseLine(text, LINE_FIELDS, 'a verified query') as VerifiedQueryInput,
    );
    return this.change(principal, 'verified-query.import', query.id, requestId, async (tx) => {
      return (await this.repository.upsert(tx, query)).created;
    });
  }

  /** As the guard and the data source themselves see it: names, types and the number of values all fit. */
  private async checked(
    principal: Principal,
    record: DataSourceRecord,
    id: string,
    input: VerifiedQueryInput,
  ): Promise<StoredQuery> {
    const catalog = await this.dataSources.catalog(record);
    checkVerifiedQuery(input, catalog);
    const parameters = (input.parameters ?? []).map(({ name, type, column }) => {
      return { name: name.normalize('NFKC'), type, ...(column != null && { column }) };
    });
    const verdict = await this.guard.check(input.sql, catalog);
    if (!verdict.allowed) throw new SqlNotAllowedError(verdict.violations);
    if (verdict.parameterCount !== parameters.length) throw parameterError(verdict.parameterCount, parameters.length);
    await this.executor.prepare(record, verdict.sql, { params: parameters.map(({ type }) => ({ type, value: null })) });
    return {
      id,
      tenantId: principal.tenantId,
      dataSourceId: record.id,
      question: input.question,
      normalised: parseTemplate(input.question).normalised,
      sql: verdict.sql,
      parameters,
      description: input.description ?? null,
      createdBy: principal.userId,
    };
  }

  private change<T>(
    principal: Principal,
    action: string,
    subjectId: string,
    requestId: string | undefined,
    write: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      const result = await write(tx);
      await this.audit.record(tx, { principal, action, subjectType: 'verified-query', subjectId, requestId });
      return result;
    });
  }
}

/** What an export writes, and the data source, which an import is told once. */
const LINE_FIELDS = ['question', 'sql', 'parameters', 'description', 'status', 'dataSourceId'];

function twinError(): ConflictError {
  return new ConflictError('Another verified query of this data source answers the same question. Change that one.');
}

function parameterError(used: number, declared: number): InvalidRequestError {
  const message = `must declare one value for each of $1 to $${used}; ${declared} are declared`;
  return new InvalidRequestError(`"parameters" ${message}.`, [{ pointer: '/parameters', message }]);
}
