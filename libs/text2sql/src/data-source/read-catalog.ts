import { type GatheredValues, gatherValues } from '../values/gather-values';
import type { Catalog } from './catalog';
import { connectSettling } from './connect-source';
import type { SampleValues } from './data-source.record';
import { introspect } from './introspection/introspect';
import { sampleCatalog } from './sampling/sample-tables';
import type { SourceClient } from './source-client';
import { parseSourceUrl } from './source-url';

/**
 * The catalogue of a database, without samples, over one connection of its own: for tools that measure, which register
 * nothing. Fails as a registration would: `data-source-unreachable`, `data-source-credentials`, `invalid-request`.
 */
export async function readCatalog(url: string): Promise<Catalog> {
  return reading(url, async (client) => (await introspect(client, null)).catalog);
}

/** The values that a registration with this setting would keep of the same database. */
export async function readValues(url: string, catalog: Catalog, mode: SampleValues): Promise<GatheredValues> {
  return reading(url, async (client) => {
    const sampled = await sampleCatalog(client, catalog, mode);
    return gatherValues(client, sampled.catalog, mode);
  });
}

async function reading<T>(url: string, work: (client: SourceClient) => Promise<T>): Promise<T> {
  const { client } = await connectSettling(parseSourceUrl(url), { allowPrivate: true, allowSocket: true });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
