import { Injectable } from '@nestjs/common';
import { NotFoundError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { languagesOf } from '../aliases/alias-languages';
import { openConnection, sealConnection, type SealedConnection } from './connection-seal';
import { sslModeOf } from './data-source-input';
import type { DataSourceInput, DataSourcePatch, DataSourceRecord } from './data-source.record';
import { DataSourceRepository, type DataSourceRow, type LockedRow } from './data-source.repository';
import type { Probed, ProbeWish } from './source-prober';
import { parseSourceUrl } from './source-url';

/** Changes that only a look at the database can answer. */
const PROBED_FIELDS = ['url', 'ssl', 'schemas', 'sampleValues'] as const;

/** What inputs and patches make of a data source's row. The one place, but for the pools, that opens what is sealed. */
@Injectable()
export class DataSourceRows {
  constructor(
    private readonly repository: DataSourceRepository,
    private readonly vault: Vault,
  ) {}

  wishOf(input: DataSourceInput, isOwn: boolean): ProbeWish {
    const target = parseSourceUrl(input.url);
    return {
      target: { ...target, ssl: sslModeOf(input.ssl) ?? target.ssl },
      isOwn,
      wantedSchemas: input.schemas ?? null,
      sampleValues: input.sampleValues ?? 'safe',
    };
  }

  async wishOfRecord({ wantedSchemas, sampleValues, ...record }: DataSourceRecord): Promise<ProbeWish> {
    return { ...(await this.connectionOf(record)), wantedSchemas, sampleValues };
  }

  /** What to look at before the patch is stored; undefined when it changes nothing that the database knows of. */
  async changedWish(record: DataSourceRecord, patch: DataSourcePatch, isOwn?: boolean): Promise<ProbeWish | undefined> {
    if (PROBED_FIELDS.every((field) => patch[field] === undefined)) return undefined;
    const stored = await this.connectionOf(record);
    const target = patch.url === undefined ? stored.target : parseSourceUrl(patch.url);
    return {
      target: { ...target, ssl: patch.ssl === undefined ? target.ssl : sslModeOf(patch.ssl) },
      // A new address is the user's, even in place of one that Memori made.
      isOwn: patch.url === undefined ? stored.isOwn : (isOwn ?? false),
      wantedSchemas: patch.schemas === undefined ? record.wantedSchemas : patch.schemas,
      sampleValues: patch.sampleValues === undefined ? record.sampleValues : (patch.sampleValues ?? 'safe'),
    };
  }

  async connectionOf({ tenantId, id }: Pick<DataSourceRecord, 'tenantId' | 'id'>): Promise<SealedConnection> {
    const stored = await this.repository.readConnection(tenantId, id);
    if (!stored) throw new NotFoundError('data source', id);
    return openConnection(this.vault, id, stored.sealed);
  }

  newRow({ tenantId }: Principal, id: string, input: DataSourceInput, probed: Probed): DataSourceRow {
    return {
      id,
      tenantId,
      name: input.name,
      description: input.description ?? null,
      sampleValues: input.sampleValues ?? 'safe',
      timeZone: input.timeZone ?? null,
      languages: languagesOf(input.languages),
      shareRows: input.shareRows ?? false,
      wantedSchemas: input.schemas ?? null,
      ...this.probedColumns(id, probed),
    };
  }

  /** `current` is locked: fields that the patch does not name keep what somebody else may just have written. */
  changedRow(current: LockedRow, patch: DataSourcePatch, probed: Probed | undefined): DataSourceRow {
    return {
      ...current,
      name: patch.name ?? current.name,
      description: patch.description === undefined ? current.description : patch.description,
      sampleValues: patch.sampleValues === undefined ? current.sampleValues : (patch.sampleValues ?? 'safe'),
      timeZone: patch.timeZone === undefined ? current.timeZone : patch.timeZone,
      languages: patch.languages === undefined ? current.languages : languagesOf(patch.languages),
      shareRows: patch.shareRows === undefined ? current.shareRows : (patch.shareRows ?? false),
      wantedSchemas: patch.schemas === undefined ? current.wantedSchemas : patch.schemas,
      ...(probed && this.probedColumns(current.id, probed)),
    };
  }

  private probedColumns(id: string, { connection, catalog, findings }: Probed) {
    const { host, port, database, username, ssl } = connection.target;
    const sealed = sealConnection(this.vault, id, connection);
    return { host, port, database, username, ssl, connection: sealed, schemas: catalog.schemas, findings };
  }
}

/** Names of the fields that a patch changes, for the audit log. */
export function patchedFields(patch: DataSourcePatch): string[] {
  return Object.entries(patch).flatMap(([field, value]) => (value === undefined ? [] : [field]));
}
