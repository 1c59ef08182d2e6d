import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { addressKind, canonicalHost, isMetadataHost } from './address-rules';

/** Where calls to addresses that somebody configured may go (webhooks, an embedding endpoint). Link-local and metadata addresses: never. */
export interface OutgoingAddressPolicy {
  readonly allowPrivate: boolean;
}

/** The name led to an address that is not allowed; it comes as the cause of the failed connect. */
export class OutgoingAddressError extends Error {}

/** What is wrong with a URL, as far as its spelling says; undefined when it may be tried. */
export function urlFault(url: string, policy: OutgoingAddressPolicy): string | undefined {
  if (url.length > 2000) return 'must have at most 2000 characters';
  if (!URL.canParse(url)) return 'must be a URL';
  const { protocol, username, password, hostname, hash } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  if (username || password) return 'must hold no user or password';
  if (hash) return 'must hold no fragment';
  const host = canonicalHost(hostname.replace(/^\[(.*)\]$/, '$1'));
  if (host === undefined) return 'must name a host';
  if (isMetadataHost(host)) return 'must not lead to a metadata service';
  return isIP(host) === 0 ? undefined : addressFault(host, policy);
}

export function addressFault(address: string, { allowPrivate }: OutgoingAddressPolicy): string | undefined {
  const kind = addressKind(address);
  if (kind === 'forbidden') return 'must not lead to a link-local, metadata or reserved address';
  if (kind === 'public' || allowPrivate) return undefined;
  return `must not lead to a ${kind} address (MEMORI_ALLOW_PRIVATE_DATA_SOURCES=false)`;
}

/** Resolves inside the connect and checks every address of the answer: what was checked is what is connected to. */
export function guardedLookup(policy: OutgoingAddressPolicy, resolve = systemResolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        const fault = addresses.map(({ address }) => addressFault(address, policy)).find((found) => found);
        if (fault || !first) callback(new OutgoingAddressError(fault ?? 'no address'), '', 0);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function systemResolve(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}
