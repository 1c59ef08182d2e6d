import { Client, type ClientConfig } from 'pg';

/** The demo database of the embedded server, to be filled by its owner and registered with its reader's URL. */
export interface DemoAddresses {
  readonly admin: ClientConfig;
  readonly reader: ClientConfig;
  /** `postgresql://user:password@/demo?host=%2Fsocket%2Fdirectory&port=5432` */
  readonly readerUrl: string;
}

/** What the embedded server tells people about itself. Undefined on an external PostgreSQL. */
export interface EmbeddedInfo {
  readonly dataDir: string;
  /** Where the tables lie, when that is not inside `dataDir`. */
  readonly location: string;
  readonly runsAs?: string;
  readonly foundOrphan: boolean;
}

export interface DatabaseAddresses {
  /** As the runtime role, perhaps through a pooler. */
  readonly memori: ClientConfig;
  /** Past any pooler: LISTEN, locks, the queue. */
  readonly direct: ClientConfig;
  /** As the role that migrates. */
  readonly owner: ClientConfig;
  readonly behindPooler: boolean;
  readonly demo?: DemoAddresses;
  readonly embedded?: EmbeddedInfo;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

type Query = (sql: string, params: unknown[]) => Promise<{ rows: { own: boolean }[] }>;

/** Where Memori's own database is, so that others can keep away from it. */
export class OwnDatabase implements DatabaseAddresses {
  readonly memori: ClientConfig;
  readonly direct: ClientConfig;
  readonly owner: ClientConfig;
  readonly behindPooler: boolean;
  readonly demo?: DemoAddresses;
  readonly embedded?: EmbeddedInfo;
  private readonly places: Place[];

  constructor(addresses: DatabaseAddresses) {
    this.memori = addresses.memori;
    this.direct = addresses.direct;
    this.owner = addresses.owner;
    this.behindPooler = addresses.behindPooler;
    this.demo = addresses.demo;
    this.embedded = addresses.embedded;
    this.places = [this.memori, this.direct, this.owner].map(placeOf);
  }

  /** By name. A host has many names, so `isOwnConnection` decides once there is a connection. */
  isOwnDatabase(host: string, port: number, database: string): boolean {
    const place = { host: sameHost(host), port, database };
    if (this.embedded && this.places.some((own) => own.host === place.host && own.port === port))
      return database !== this.demo?.reader.database;
    return this.places.some((own) => own.host === place.host && own.port === port && own.database === database);
  }

  /** By asking the server behind an open connection: it is ours when Memori's own tables lie in that database. */
  async isOwnConnection(query: Query): Promise<boolean> {
    const { rows } = await query(
      `SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'memori' AND c.relname = 'migrations') AND EXISTS (
           SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'memori' AND c.relname = 'audit_log') AS own`,
      [],
    );
    return rows[0]?.own === true;
  }
}

/** The parts of a URL as `pg` itself reads them, socket directories and defaults included. */
export function configOf(url: string): ClientConfig & { host: string; port: number; database: string } {
  const { host, port, database } = new Client({ connectionString: url });
  return { connectionString: url, host, port, database: database ?? '' };
}

function placeOf({ host, port, database }: ClientConfig): Place {
  return { host: sameHost(host ?? 'localhost'), port: port ?? 5432, database: database ?? '' };
}

function sameHost(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  const isLoopback = name === 'localhost' || name === '::1' || name === '0.0.0.0' || /^127\./.test(name);
  return isLoopback ? 'localhost' : name;
}
