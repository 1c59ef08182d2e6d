import { Injectable, Optional } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { ConflictError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { isId, newId, type Principal } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, type PageRequest, pageOf, requireRole } from '@memori/security';
import { textFault } from '@memori/text';
import { CatalogAliases } from '../aliases/catalog-aliases';
import type { Catalog } from './catalog';
import { CatalogStore, packCatalog } from './catalog-store';
import { MetricChecks } from '../glossary/metric-checks';
import { Connections } from './connections';
import { checkInput, checkPatch } from './data-source-input';
import {
  type DataSourceInput,
  type DataSourcePatch,
  type DataSourceRecord,
  type DataSourceTest,
  type DataSourceView,
  viewOf,
} from './data-source.record';
import { DataSourceRepository } from './data-source.repository';
import { DataSourceRows, patchedFields } from './data-source-rows';
import { type Probed, SourceProber } from './source-prober';
import { TableVectorStore } from '../table-vectors/table-vector-store';
import { ValueRepository } from '../values/value.repository';
import { VerifiedChecks } from '../verified-query/verified-checks';

/** For callers inside of Memori alone. */
export interface RegisterOptions {
  /** Memori made this database itself (the demo): it may lie on a unix socket. */
  readonly isOwn?: boolean;
}

const NOUN = 'data source';

/** The databases that questions may be asked about. Administrators change them, everybody of the tenant sees them. */
@Injectable()
export class DataSources {
  constructor(
    private readonly database: Database,
    private readonly repository: DataSourceRepository,
    private readonly rows: DataSourceRows,
    private readonly prober: SourceProber,
    private readonly catalogs: CatalogStore,
    private readonly values: ValueRepository,
    private readonly connections: Connections,
    private readonly audit: Audit,
    /** Scripts go without. */
    @Optional() private readonly aliases?: CatalogAliases,
    @Optional() private readonly metrics?: MetricChecks,
    @Optional() private readonly verified?: VerifiedChecks,
    @Optional() private readonly tableVectors?: TableVectorStore,
  ) {}

  /** Connects and reads the catalogue first: what cannot be reached is not stored. */
  async create(principal: Principal, input: DataSourceInput, options: RegisterOptions = {}): Promise<DataSourceView> {
    requireRole(principal, 'administrator');
    checkInput(input);
    const { tenantId } = principal;
    if (await this.repository.findByName(tenantId, input.name)) throw nameTaken(input.name);
    const probed = await this.prober.probe(this.rows.wishOf(input, options.isOwn ?? false));
    const id = newId();
    const stored = await packCatalog(probed.catalog);
    await this.database.transaction({ tenantId }, async (tx) => {
      const row = this.rows.newRow(principal, id, input, probed);
      await this.repository.insert(tx, row);
      await this.repository.storeCatalog(tx, tenantId, id, stored);
      await this.values.store(tx, tenantId, id, probed.values, true);
      await this.aliases?.describe(tx, principal, row, probed.catalog);
      await this.record(tx, principal, 'created', id);
    });
    this.tableVectors?.prepare({ id, tenantId, version: stored.version }, probed.catalog);
    return this.get(principal, id);
  }

  async get(principal: Principal, idOrName: string): Promise<DataSourceView> {
    return viewOf(await this.resolve(principal, idOrName));
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<DataSourceView>> {
    requireRole(principal, 'reader');
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const records = await this.repository.list(principal.tenantId, after, page.limit + 1);
    return pageOf(records.map(viewOf), page.limit, ({ id }) => id);
  }

  /** A JSON merge patch. Connects when the change asks for it; a failure leaves everything as it was. */
  async update(
    principal: Principal,
    idOrName: string,
    patch: DataSourcePatch,
    options: RegisterOptions = {},
  ): Promise<DataSourceView> {
    requireRole(principal, 'administrator');
    checkPatch(patch);
    const before = await this.resolve(principal, idOrName);
    const wish = await this.rows.changedWish(before, patch, options.isOwn);
    const probed = wish && (await this.prober.probe(wish));
    const isNewConnection = patch.url !== undefined || patch.ssl !== undefined;
    await this.store(principal, before, 'changed', { patch, probed, isNewConnection });
    if (isNewConnection) await this.connections.evict(before.id);
    return this.get(principal, before.id);
  }

  /** Reads the catalogue now. Its version changes only when the catalogue did. */
  async sync(principal: Principal, idOrName: string): Promise<DataSourceView> {
    requireRole(principal, 'administrator');
    const record = await this.resolve(principal, idOrName);
    const probed = await this.prober.probe(await this.rows.wishOfRecord(record));
    await this.store(principal, record, 'synced', { patch: {}, probed, isNewConnection: false });
    return this.get(principal, record.id);
  }

  async delete(principal: Principal, idOrName: string): Promise<void> {
    requireRole(principal, 'administrator');
    const { id, tenantId } = await this.resolve(principal, idOrName);
    await this.database.transaction({ tenantId }, async (tx) => {
      await this.repository.delete(tx, tenantId, id);
      await this.record(tx, principal, 'deleted', id);
    });
    await this.connections.evict(id);
  }

  async test(principal: Principal, idOrName: string): Promise<DataSourceTest> {
    requireRole(principal, 'administrator');
    const record = await this.resolve(principal, idOrName);
    return this.prober.test(await this.rows.connectionOf(record), record.wantedSchemas);
  }

  /** The one that is meant: by id, by name, or, without either, the only one there is. */
  async resolve(principal: Principal, idOrName?: string): Promise<DataSourceRecord> {
    requireRole(principal, 'reader');
    if (idOrName === undefined) return this.onlyOne(principal.tenantId);
    const record = textFault(idOrName) ? undefined : await this.find(principal.tenantId, idOrName);
    if (!record) throw new NotFoundError(NOUN, idOrName);
    return record;
  }

  /** The current catalogue; shared, not to be changed. */
  async catalog(record: DataSourceRecord): Promise<Catalog> {
    return this.catalogs.read(record);
  }

  private find(tenantId: string, idOrName: string): Promise<DataSourceRecord | undefined> {
    return isId(idOrName)
      ? this.repository.findById(tenantId, idOrName)
      : this.repository.findByName(tenantId, idOrName);
  }

  private async onlyOne(tenantId: string): Promise<DataSourceRecord> {
    const [first, ...others] = await this.repository.list(tenantId, null, 11);
    if (first && others.length === 0) return first;
    const message = first
      ? `"dataSourceId" must be given, since there are several: ${[first, ...others]
          .map(({ name }) => `"${name}"`)
          .slice(0, 10)
          .join(', ')}.`
      : 'There is no data source yet. An administrator registers one with POST /v1/data-sources.';
    throw new InvalidRequestError(message, [{ pointer: '/dataSourceId', message }]);
  }

  private async store(
    principal: Principal,
    before: DataSourceRecord,
    action: string,
    change: { patch: DataSourcePatch; probed: Probed | undefined; isNewConnection: boolean },
  ): Promise<void> {
    const { id, tenantId } = before;
    const stored = change.probed && (await packCatalog(change.probed.catalog));
    const asksAnew = change.patch.languages !== undefined && before.version !== null;
    const catalog = change.probed?.catalog ?? (asksAnew ? await this.catalog(before) : undefined);
    await this.database.transaction({ tenantId }, async (tx) => {
      const current = await this.repository.lock(tx, tenantId, id);
      if (!current) throw new NotFoundError(NOUN, id);
      if (change.probed && current.connectionRevision !== before.connectionRevision)
        throw changedMeanwhile(before.name);
      const row = this.rows.changedRow(current, change.patch, change.probed);
      await this.repository.update(tx, row, change.isNewConnection);
      if (stored) await this.repository.storeCatalog(tx, tenantId, id, stored);
      if (change.probed) {
        // What was read of another database, or while more was allowed, is not kept.
        const isAnew = change.isNewConnection || change.patch.sampleValues !== undefined;
        await this.values.store(tx, tenantId, id, change.probed.values, isAnew);
      }
      if (catalog) await this.aliases?.describe(tx, principal, row, catalog);
      await this.record(tx, principal, action, id, patchedFields(change.patch));
    });
    // Not in the transaction: judging takes a while, and a book of metrics judges them by its own catalogue anyway.
    if (!change.probed) return;
    await this.metrics?.recheck(principal, id, change.probed.catalog);
    // By the connection as it is now.
    if (this.verified) await this.verified.recheck(await this.resolve(principal, id), change.probed.catalog);
    if (stored) this.tableVectors?.prepare({ id, tenantId, version: stored.version }, change.probed.catalog);
  }

  private async record(tx: Tx, principal: Principal, action: string, id: string, fields: string[] = []): Promise<void> {
    const requestId = RequestContext.current()?.requestId;
    const details = fields.length > 0 ? { fields } : {};
    await this.audit.record(tx, {
      principal,
      action: `data-source.${action}`,
      subjectType: 'data-source',
      subjectId: id,
      requestId,
      details,
    });
  }
}

function nameTaken(name: string): ConflictError {
  return new ConflictError(`There is already a data source named "${name}".`);
}

function changedMeanwhile(name: string): ConflictError {
  return new ConflictError(
    `The data source "${name}" was changed by somebody else at the same time. Look at it and try again.`,
  );
}
