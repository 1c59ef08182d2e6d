import { EnvHttpProxyAgent, fetch as undiciFetch, type RequestInit } from 'undici';

/**
 * fetch that honours HTTPS_PROXY and NO_PROXY, which the fetch of Node.js does on none of the supported versions by
 * itself. Plain http, as to a server on this machine, never goes by a proxy. Its own timeouts are off: the caller's rules.
 */
export function outgoingFetch(): typeof fetch {
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: '', headersTimeout: 0, bodyTimeout: 0 });
  const send = (url: string, init?: RequestInit) => undiciFetch(url, { ...init, dispatcher });
  // The types of undici and those of Node.js describe the same classes, but are declared apart.
  return send as unknown as typeof fetch;
}
