import type { Catalog } from './catalog';
import { connectSettling } from './connect-source';
import { introspect } from './introspection/introspect';
import { parseSourceUrl } from './source-url';

/**
 * The catalogue of a database, without samples, over one connection of its own: for tools that measure, which register
 * nothing. Fails as a registration would: `data-source-unreachable`, `data-source-credentials`, `invalid-request`.
 */
export async function readCatalog(url: string): Promise<Catalog> {
  const { client } = await connectSettling(parseSourceUrl(url), { allowPrivate: true, allowSocket: true });
  try {
    return (await introspect(client, null)).catalog;
  } finally {
    client.destroy();
  }
}
