import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, Socket, type LookupFunction, type SocketConstructorOpts } from 'node:net';
import { addressKind, isMetadataHost } from '@memori/security';
import { DataSourceAddressError } from './data-source.errors';
import { isSocketDirectory } from './source-url';

/** Which addresses a connection may go to. */
export interface AddressPolicy {
  readonly allowPrivate: boolean;
  /** Unix sockets name files of the server Memori runs on: only its own embedded PostgreSQL is reached by one. */
  readonly allowSocket?: boolean;
  /** For tests; the system's resolver otherwise. */
  readonly resolve?: (host: string) => Promise<LookupAddress[]>;
}

/** Why a host must not be connected to, as far as its spelling says; undefined when it may be tried. */
export function hostFault(host: string, policy: AddressPolicy): DataSourceAddressError | undefined {
  if (isSocketDirectory(host)) {
    return policy.allowSocket
      ? undefined
      : new DataSourceAddressError('A data source is reached over TCP, not by a unix socket.');
  }
  if (isMetadataHost(host)) return new DataSourceAddressError(`"${host}" is a metadata service, not a database.`);
  return isIP(host) === 0 ? undefined : addressFault(host, host, policy);
}

function addressFault(address: string, host: string, policy: AddressPolicy): DataSourceAddressError | undefined {
  const kind = addressKind(address);
  if (kind === 'public' || (kind !== 'forbidden' && policy.allowPrivate)) return undefined;
  const resolved = address === host ? `"${host}"` : `"${host}" resolves to ${address}, which`;
  if (kind === 'forbidden') {
    return new DataSourceAddressError(
      `${resolved} is a link-local, metadata or reserved address; no data source may lie there.`,
    );
  }
  return new DataSourceAddressError(
    `${resolved} is a ${kind} address, and MEMORI_ALLOW_PRIVATE_DATA_SOURCES=false allows public ones only.`,
  );
}

/**
 * A TCP socket that connects only where the policy lets it. Names are resolved inside the connect and every address
 * of the answer is checked, so that what was checked is what is connected to: no second look-up could differ.
 */
export class GuardedSocket extends Socket {
  constructor(
    private readonly policy: AddressPolicy,
    options?: SocketConstructorOpts,
  ) {
    super(options);
  }

  /** As `pg` calls it: `connect(port, host)`, or `connect(path)` for a unix socket. */
  override connect(target: unknown, host?: unknown): this {
    if (typeof host !== 'string') return this.connectToPath(String(target));
    const fault = hostFault(host, this.policy);
    if (fault) return this.failWith(fault);
    return super.connect({ host, port: Number(target), lookup: this.checkedLookup });
  }

  private connectToPath(path: string): this {
    const fault = hostFault(path, this.policy);
    return fault ? this.failWith(fault) : super.connect(path);
  }

  private failWith(error: Error): this {
    process.nextTick(() => this.destroy(error));
    return this;
  }

  private readonly checkedLookup: LookupFunction = (host, options, callback) => {
    this.resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        const fault = addresses.map(({ address }) => addressFault(address, host, this.policy)).find((found) => found);
        if (fault || !first) callback(fault ?? notFound(host), '', 0);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  private resolve(host: string): Promise<LookupAddress[]> {
    if (this.policy.resolve) return this.policy.resolve(host);
    return new Promise((resolve, reject) => {
      systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
    });
  }
}

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
}
