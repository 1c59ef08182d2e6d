import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { ColumnValues } from './gather-values';
import { ValueIndex } from './value-index';
import { ValueRepository } from './value.repository';

/** All indexes that one process keeps, in estimated bytes. */
const MAX_CACHED_BYTES = 256 * 1024 * 1024;

type Place = Pick<DataSourceRecord, 'id' | 'tenantId' | 'version' | 'catalogRevision' | 'sampleValues'>;

/** The value indexes in use. A record names the catalogue that is current, and values are stored with it: none is ever stale. */
@Injectable()
export class ValueStore {
  private readonly cache = new LRUCache<string, ValueIndex>({
    maxSize: MAX_CACHED_BYTES,
    maxEntrySize: MAX_CACHED_BYTES,
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
  });
  private readonly loading = new Map<string, Promise<ValueIndex>>();

  constructor(private readonly repository: ValueRepository) {}

  /** The index of what the data source's role may see. Callers share it. */
  async read(record: Place, catalog: Catalog): Promise<ValueIndex> {
    const key = `${record.id} ${record.version} ${record.catalogRevision}`;
    const cached = this.cache.get(key);
    if (cached) return cached;
    const loading = this.loading.get(key) ?? this.load(record, catalog);
    this.loading.set(key, loading);
    try {
      const loaded = await loading;
      this.cache.set(key, loaded);
      return loaded;
    } finally {
      this.loading.delete(key);
    }
  }

  private async load({ tenantId, id, sampleValues }: Place, catalog: Catalog): Promise<ValueIndex> {
    const stored = sampleValues === 'off' ? [] : await this.repository.read(tenantId, id);
    return ValueIndex.build([...stored.filter(visibleIn(catalog)), ...labelsOf(catalog)]);
  }
}

/** Of columns that the catalogue still has: one may have gone from it since its values were read. */
function visibleIn({ tables }: Catalog): (values: ColumnValues) => boolean {
  const columns = new Set(
    tables.flatMap(({ schema, name, columns: own }) => own.map((each) => placeOf(schema, name, each.name))),
  );
  return ({ schema, table, column }) => columns.has(placeOf(schema, table, column));
}

/** The labels of enums are part of the schema, and shown with it whatever may be shown of the data. */
export function labelsOf({ tables }: Catalog): ColumnValues[] {
  return tables.flatMap(({ schema, name: table, columns }) =>
    columns.flatMap(({ name: column, type, enumValues }) =>
      enumValues && !type.endsWith(']') ? [{ schema, table, column, values: enumValues, isComplete: true }] : [],
    ),
  );
}

function placeOf(schema: string, table: string, column: string): string {
  return JSON.stringify([schema, table, column]);
}
