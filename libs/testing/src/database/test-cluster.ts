import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ensureDatabase,
  ensureRole,
  findPackage,
  initCluster,
  Migrator,
  Postmaster,
  prepareBinaries,
  runAsFor,
  SUPERUSER,
  withClient,
  type RunAs,
} from '@memori/database';
import { addressOf, OWNER, RUNTIME, TEMPLATE, type ClusterAddress } from './cluster-address';

/** Speed is all that counts: nothing of it outlives the run. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: '400',
  shared_buffers: '64MB',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  deadlock_timeout: '100ms',
  timezone: 'UTC',
  // Fresh statistics in the middle of a test change plans, and with them the order of rows that tie.
  autovacuum: 'off',
  jit: 'off',
  scram_iterations: '1',
};

/** One PostgreSQL server for one run of the tests, with Memori's migrations in a template database. */
export class TestCluster {
  private constructor(
    readonly address: ClusterAddress,
    private readonly server: Postmaster,
    private readonly keeper: ChildProcess,
    private readonly home: string,
  ) {}

  /** `settings` override those of tests, e.g. to have commits reach the disk. */
  static async start(settings: Record<string, string> = {}): Promise<TestCluster> {
    const runAs = runAsFor();
    const home = makeHome(runAs);
    const keeper = keep(home);
    try {
      const password = randomBytes(12).toString('hex');
      const binaries = prepareBinaries(findPackage(), join(home, 'binaries'), runAs);
      const dataDir = join(home, 'pg', 'data');
      await initCluster({ binaries, dataDir, password, passwordFile: join(home, 'pg', 'pw'), runAs, noSync: true });
      const port = await freePort();
      const socketDir = join(home, 'pg');
      const startLog = join(home, 'postgres.log');
      const server = await Postmaster.start({
        binaries,
        dataDir,
        socketDir,
        port,
        startLog,
        settings: { ...SETTINGS, ...settings },
        runAs,
      });
      const cluster = new TestCluster({ port, password, socketDir }, server, keeper, home);
      await cluster.makeTemplate();
      return cluster;
    } catch (error) {
      keeper.stdin?.end();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.server.stop(2000);
    this.keeper.stdin?.end();
    rmSync(this.home, { recursive: true, force: true });
  }

  private async makeTemplate(): Promise<void> {
    const { password } = this.address;
    const admin = { ...addressOf(this.address, 'postgres'), user: SUPERUSER };
    await withClient(admin, async (client) => {
      // Set again: the password that initdb made costs 4096 rounds of hashing at each connection.
      await client.query(`ALTER ROLE ${SUPERUSER} PASSWORD '${password}'`);
      await ensureRole(client, { name: OWNER, password });
      await ensureRole(client, { name: RUNTIME, password });
      await ensureDatabase(client, TEMPLATE, OWNER, [RUNTIME]);
    });
    await new Migrator({ ...addressOf(this.address, TEMPLATE), user: OWNER }).up(RUNTIME);
  }
}

function makeHome(runAs: RunAs | undefined): string {
  const home = mkdtempSync(join(tmpdir(), 'memori-test-'));
  chmodSync(home, 0o711);
  mkdirSync(join(home, 'pg'), { mode: 0o700 });
  if (runAs) chownSync(join(home, 'pg'), runAs.uid, runAs.gid);
  return home;
}

/**
 * A shell that waits for the end of its input, which comes when Jest ends in whatever way, `kill -9` included; then it
 * ends the server and removes the folder, so that no run leaves anything behind.
 */
function keep(home: string): ChildProcess {
  const script = `cat >/dev/null
    until [ ! -e "$1" ]; do
      kill -QUIT "$(head -n 1 "$1/pg/data/postmaster.pid")" && sleep 0.2
      rm -rf "$1" || sleep 0.2
    done 2>/dev/null`;
  const keeper = spawn('/bin/sh', ['-c', script, 'memori-test-keeper', home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  return keeper;
}
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
