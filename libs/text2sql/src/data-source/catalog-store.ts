import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { NotFoundError } from '@memori/errors';
import { AliasRepository } from '../aliases/alias.repository';
import { withAliases } from '../aliases/with-aliases';
import type { Catalog } from './catalog';
import type { DataSourceRecord } from './data-source.record';
import { DataSourceRepository, type StoredCatalog } from './data-source.repository';

/** All catalogues that one process keeps, in bytes of their JSON. */
const MAX_CACHED_BYTES = 128 * 1024 * 1024;

type Place = Pick<DataSourceRecord, 'id' | 'tenantId' | 'version' | 'catalogRevision'>;

interface Cached {
  readonly catalog: Catalog;
  readonly bytes: number;
}

/** Catalogues as stored, and those in use in memory. A record names the one that is current, so none is ever stale. */
@Injectable()
export class CatalogStore {
  private readonly cache = new LRUCache<string, Cached>({
    maxSize: MAX_CACHED_BYTES,
    maxEntrySize: MAX_CACHED_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
  });
  private readonly loading = new Map<string, Promise<Cached>>();

  constructor(
    private readonly repository: DataSourceRepository,
    private readonly aliases: AliasRepository,
  ) {}

  /** Callers share it: it is not to be changed. */
  async read(record: Place): Promise<Catalog> {
    const key = `${record.id} ${record.version} ${record.catalogRevision}`;
    const cached = this.cache.get(key) ?? (await this.loadOnce(key, record));
    return cached.catalog;
  }

  private async loadOnce(key: string, record: Place): Promise<Cached> {
    const loading = this.loading.get(key) ?? this.load(record);
    this.loading.set(key, loading);
    try {
      const loaded = await loading;
      this.cache.set(key, loaded);
      return loaded;
    } finally {
      this.loading.delete(key);
    }
  }

  private async load(record: Place): Promise<Cached> {
    const bytes = record.version && (await this.repository.readCatalog(record.tenantId, record.id, record.version));
    if (!bytes) throw new NotFoundError('catalogue of the data source', record.id);
    const json = await promisify(gunzip)(bytes);
    const names = await this.aliases.read(record.tenantId, record.id);
    const catalog = withAliases(JSON.parse(json.toString('utf8')) as Catalog, names);
    return { catalog, bytes: json.length };
  }
}

export async function packCatalog(catalog: Catalog): Promise<StoredCatalog> {
  const bytes = await promisify(gzip)(JSON.stringify(catalog));
  return { version: catalog.version, tables: catalog.tables.length, bytes };
}
