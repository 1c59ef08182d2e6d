import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { ConflictError, NotFoundError } from '@memori/errors';
import { isId, newId, type Principal } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, type PageRequest, pageOf, requireRole } from '@memori/security';
import { DataSources } from '../data-source/data-sources';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { type ImportedLines, importLines, type ImportReport } from '../data-source/import-lines';
import { SqlExecutor } from '../execution/sql-executor';
import { SqlGuard } from '../guard/sql-guard';
import { SqlNotAllowedError } from '../guard/sql-not-allowed.error';
import { type GlossaryEntry, type GlossaryKind, metricOf } from './glossary-entry';
import {
  type GlossaryContent,
  glossaryContent,
  type GlossaryInput,
  glossaryLine,
  type GlossaryPatch,
  parseGlossaryLine,
} from './glossary-input';
import { GlossaryRepository, MOST_ENTRIES, type StoredEntry } from './glossary.repository';

const NOUN = 'entry of the glossary';
const EXPORT_PAGE = 500;

/** What words, metrics and rules mean in a data source. Curators write it, everybody of the tenant reads it. */
@Injectable()
export class Glossary {
  constructor(
    private readonly database: Database,
    private readonly repository: GlossaryRepository,
    private readonly dataSources: DataSources,
    private readonly guard: SqlGuard,
    private readonly executor: SqlExecutor,
    private readonly audit: Audit,
  ) {}

  async create(
    principal: Principal,
    dataSource: string,
    input: GlossaryInput,
    requestId?: string,
  ): Promise<GlossaryEntry> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSource);
    const entry = await this.checked(principal, record, newId(), input);
    return this.change(principal, 'create', entry, requestId, async (tx) => {
      const inserted = await this.repository.insert(tx, entry);
      if (!inserted) throw twinError(entry.kind);
      await this.refuseTooMany(tx, record);
      return inserted;
    });
  }

  async get(principal: Principal, dataSource: string, id: string): Promise<GlossaryEntry> {
    const { tenantId, id: dataSourceId } = await this.dataSources.resolve(principal, dataSource);
    const entry = isId(id) ? await this.repository.find(tenantId, dataSourceId, id) : undefined;
    if (!entry) throw new NotFoundError(NOUN, id);
    return entry;
  }

  async list(
    principal: Principal,
    dataSource: string,
    filter: { readonly kind?: GlossaryKind },
    page: PageRequest,
  ): Promise<Page<GlossaryEntry>> {
    const { tenantId, id } = await this.dataSources.resolve(principal, dataSource);
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const entries = await this.repository.list(tenantId, id, { after, limit: page.limit + 1, kind: filter.kind });
    return pageOf(entries, page.limit, (entry) => entry.id);
  }

  async update(
    principal: Principal,
    dataSource: string,
    id: string,
    patch: GlossaryPatch,
    requestId?: string,
  ): Promise<GlossaryEntry> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSource);
    const { kind, name, synonyms, definition, expression, from } = await this.get(principal, record.id, id);
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const old = { kind, name, synonyms, definition, expression, from };
    const entry = await this.checked(principal, record, id, { ...old, ...given });
    return this.change(principal, 'update', entry, requestId, async (tx) => {
      if (await this.repository.hasTwin(tx, entry)) throw twinError(kind);
      const changed = await this.repository.replace(tx, entry);
      if (!changed) throw new NotFoundError(NOUN, id);
      return changed;
    });
  }

  async delete(principal: Principal, dataSource: string, id: string, requestId?: string): Promise<void> {
    requireRole(principal, 'curator');
    const entry = await this.get(principal, dataSource, id);
    await this.change(principal, 'delete', entry, requestId, async (tx) => {
      if (!(await this.repository.delete(tx, principal.tenantId, id))) throw new NotFoundError(NOUN, id);
    });
  }

  /**
   * One JSON object a line, as `exportNdjson` writes them, each in a transaction of its own: a line that fails is told
   * and changes nothing. An entry of that kind and name gets the new content; one that is the same already is left alone.
   */
  async importNdjson(
    principal: Principal,
    dataSource: string,
    lines: ImportedLines,
    requestId?: string,
  ): Promise<ImportReport> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSource);
    return importLines(lines, (text) => this.importOne(principal, record, text, requestId));
  }

  async *exportNdjson(principal: Principal, dataSource: string): AsyncIterable<string> {
    requireRole(principal, 'curator');
    const { tenantId, id } = await this.dataSources.resolve(principal, dataSource);
    let after: string | null = null;
    do {
      const entries: GlossaryEntry[] = await this.repository.list(tenantId, id, { after, limit: EXPORT_PAGE });
      yield* entries.map(glossaryLine);
      after = entries.at(-1)?.id ?? null;
    } while (after !== null);
  }

  private async importOne(principal: Principal, record: DataSourceRecord, text: string, requestId?: string) {
    const entry = await this.checked(principal, record, newId(), parseGlossaryLine(text));
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      const outcome = await this.repository.upsert(tx, entry);
      if (outcome === 'created') await this.refuseTooMany(tx, record);
      if (outcome !== 'unchanged') await this.record(tx, principal, 'import', entry, requestId);
      return outcome;
    });
  }

  /** In form, and for a metric as the guard and the data source themselves see it. */
  private async checked(
    principal: Principal,
    record: DataSourceRecord,
    id: string,
    input: GlossaryInput,
  ): Promise<StoredEntry> {
    const content = glossaryContent(input);
    await this.checkMetric(record, content);
    return { ...content, id, tenantId: record.tenantId, dataSourceId: record.id, createdBy: principal.userId };
  }

  private async checkMetric(record: DataSourceRecord, content: GlossaryContent): Promise<void> {
    const metric = metricOf(content);
    if (!metric) return;
    const verdict = await this.guard.checkMetric(metric, await this.dataSources.catalog(record));
    if (!verdict.allowed) throw new SqlNotAllowedError(verdict.violations);
    await this.executor.prepare(record, verdict.sql);
  }

  private async refuseTooMany(tx: Tx, { tenantId, id }: DataSourceRecord): Promise<void> {
    if (await this.repository.isFull(tx, tenantId, id))
      throw new ConflictError(`A glossary has at most ${MOST_ENTRIES} entries. Delete some first.`);
  }

  private change<T>(
    principal: Principal,
    action: string,
    entry: Pick<StoredEntry, 'id' | 'dataSourceId' | 'kind'>,
    requestId: string | undefined,
    write: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      const result = await write(tx);
      await this.record(tx, principal, action, entry, requestId);
      return result;
    });
  }

  private record(
    tx: Tx,
    principal: Principal,
    action: string,
    { id, dataSourceId, kind }: Pick<StoredEntry, 'id' | 'dataSourceId' | 'kind'>,
    requestId: string | undefined,
  ): Promise<void> {
    return this.audit.record(tx, {
      principal,
      action: `glossary.${action}`,
      subjectType: 'glossary-entry',
      subjectId: id,
      requestId,
      details: { dataSourceId, kind },
    });
  }
}

function twinError(kind: GlossaryKind): ConflictError {
  return new ConflictError(`The glossary of this data source has this ${kind} already. Change that one.`);
}
