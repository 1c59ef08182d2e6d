import { existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { configFor, MEMORI_DATABASE, type RoleName } from './addresses';
import { findPackage, prepareBinaries, type Binaries } from './binaries';
import { checkFormat, writeFormat } from './cluster-format';
import { checkDiskSpace, explainByDisk } from './disk-space';
import { makeHome, ownerOf, type Home } from './home';
import { initCluster, SUPERUSER } from './init-cluster';
import { limitLog } from './limit-log';
import { stopOrphan } from './orphan';
import { OwnLock } from './own-lock';
import { readOrMakePasswords, type Passwords } from './passwords';
import { Postmaster } from './postmaster';
import { resetSuperuser } from './reset-superuser';
import { runAsFor, type RunAs } from './run-as';
import { setUpDatabases } from './set-up-databases';
import { productSettings } from './settings';
import { clearSocket, makeSocketDir, SOCKET_PORT } from './socket-dir';

export interface EmbeddedOptions {
  /** MEMORI_DATA_DIR. */
  readonly directory: string;
  /** Told what happens to the server while the process runs. */
  readonly onEvent?: (message: string) => void;
  readonly settings?: Record<string, string>;
  /** The npm package with the binaries, where it is not the installed one. */
  readonly packageDir?: string;
  /** Where data goes that must leave a closed folder; see `makeHome`. */
  readonly sharedRoot?: string;
}

const STOP_GRACE_MS = 3000;
const RESTART_MS = [200, 1000, 5000, 10_000];

/** A PostgreSQL server of Memori's own, with everything it keeps in one folder. */
export class EmbeddedPostgres {
  private isStopping = false;
  private readonly logTimer: NodeJS.Timeout;

  private constructor(
    private readonly options: EmbeddedOptions,
    private readonly prepared: Prepared,
    private server: Postmaster,
    /** True when the server of a killed Memori was found running and was stopped. */
    readonly foundOrphan: boolean,
  ) {
    this.logTimer = limitLog(join(prepared.home.postgres, 'log'));
    process.once('exit', this.release);
    this.watch(server);
  }

  static async start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    try {
      return await startIn(options);
    } catch (error) {
      throw explainByDisk(options.directory, error) ?? error;
    }
  }

  static async startPrepared(options: EmbeddedOptions, prepared: Prepared, foundOrphan: boolean) {
    const server = await launchPatiently(options, prepared);
    try {
      await setUpDatabases(prepared.socketDir, prepared.passwords);
    } catch (error) {
      await server.stop(STOP_GRACE_MS);
      throw error;
    }
    return new EmbeddedPostgres(options, prepared, server, foundOrphan);
  }

  /** MEMORI_DATA_DIR, absolute. */
  get dataDir(): string {
    return this.prepared.home.dataDir;
  }

  /** Where the tables lie: inside the data directory, except when root keeps that closed to PostgreSQL's user. */
  get location(): string {
    return this.prepared.home.postgres;
  }

  /** The user that the server runs as, when it is not Memori's. */
  get runsAs(): string | undefined {
    return this.prepared.runAs?.name;
  }

  get socketDir(): string {
    return this.prepared.socketDir;
  }

  get pid(): number {
    return this.server.pid;
  }

  configFor(role: RoleName): ClientConfig & { database: string } {
    return configFor(this.socketDir, this.prepared.passwords, role);
  }

  /** Of Memori's database, for what no role of Memori may do. */
  get superuserConfig(): ClientConfig & { database: string } {
    const { socketDir, passwords } = this.prepared;
    const login = { user: SUPERUSER, password: passwords.superuser };
    return { host: socketDir, port: SOCKET_PORT, ...login, database: MEMORI_DATABASE };
  }

  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    clearInterval(this.logTimer);
    process.off('exit', this.release);
    await this.server.stop(STOP_GRACE_MS);
    this.prepared.lock.release();
  }

  /** The process ends without `stop`; the server was told so by its Postmaster. */
  private readonly release = (): void => this.prepared.lock.release();

  private watch(server: Postmaster): void {
    void server.ended.then(() => (this.isStopping ? undefined : this.restart()));
  }

  private async restart(): Promise<void> {
    this.options.onEvent?.('The embedded PostgreSQL ended unexpectedly; it is started again.');
    for (let attempt = 0; !this.isStopping; attempt++) {
      await wait(RESTART_MS[Math.min(attempt, RESTART_MS.length - 1)]);
      try {
        this.server = await launch(this.options, this.prepared);
        if (this.isStopping) return await this.server.stop(STOP_GRACE_MS);
        this.options.onEvent?.('The embedded PostgreSQL runs again.');
        return this.watch(this.server);
      } catch (error) {
        const explained = explainByDisk(this.location, error) ?? (error as Error);
        this.options.onEvent?.(`The embedded PostgreSQL did not start again: ${explained.message}`);
      }
    }
  }
}

interface Prepared {
  readonly home: Home;
  readonly lock: OwnLock;
  readonly binaries: Binaries;
  readonly passwords: Passwords;
  readonly socketDir: string;
  readonly runAs?: RunAs;
}

async function startIn(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const packageDir = options.packageDir ?? findPackage();
  const runAs = ownerOf(join(resolve(options.directory), 'postgres', 'data'), runAsFor());
  const home = makeHome(options.directory, runAs, options.sharedRoot);
  const lock = OwnLock.take(home.lock, home.dataDir);
  try {
    return await startLocked(options, home, lock, packageDir, runAs);
  } catch (error) {
    lock.release();
    throw explainByDisk(home.postgres, error) ?? error;
  }
}

async function startLocked(options: EmbeddedOptions, home: Home, lock: OwnLock, packageDir: string, runAs?: RunAs) {
  const isNew = !existsSync(home.cluster);
  checkDiskSpace(home.postgres, isNew);
  const binaries = prepareBinaries(packageDir, join(home.postgres, 'binaries'), runAs);
  checkFormat(home.dataDir, home.cluster, binaries.majorVersion);
  const foundOrphan = await stopOrphan(home.cluster);
  const { passwords, areNew } = readOrMakePasswords(home.passwords);
  if (isNew) await makeCluster(home, binaries, passwords, runAs);
  else if (areNew) resetSuperuser(binaries, home.cluster, passwords.superuser, runAs);
  const socketDir = makeSocketDir(home.postgres, runAs);
  return EmbeddedPostgres.startPrepared(options, { home, lock, binaries, passwords, socketDir, runAs }, foundOrphan);
}

/** Under another name first: a cluster that bears the right name is whole. */
async function makeCluster(home: Home, binaries: Binaries, passwords: Passwords, runAs?: RunAs): Promise<void> {
  const dataDir = `${home.cluster}.new`;
  rmSync(dataDir, { recursive: true, force: true });
  const passwordFile = `${home.cluster}.password`;
  await initCluster({ binaries, dataDir, password: passwords.superuser, passwordFile, runAs });
  renameSync(dataDir, home.cluster);
  writeFormat(home.dataDir);
}

function launch(options: EmbeddedOptions, { binaries, home, socketDir, runAs }: Prepared): Promise<Postmaster> {
  const settings = { ...productSettings(), ...options.settings };
  clearSocket(socketDir);
  const { cluster: dataDir, startLog } = home;
  return Postmaster.start({ binaries, dataDir, socketDir, port: SOCKET_PORT, startLog, settings, runAs });
}

/** The last processes of a server that was killed may hold its memory for a moment. */
async function launchPatiently(options: EmbeddedOptions, prepared: Prepared): Promise<Postmaster> {
  for (let left = 20; ; left--) {
    try {
      return await launch(options, prepared);
    } catch (error) {
      if (left === 0 || !/shared memory block|lock file .* already exists/.test((error as Error).message)) throw error;
      await wait(200);
    }
  }
}
