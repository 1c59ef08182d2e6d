import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { EmbeddedPostgres, findPackage, withClient, type EmbeddedOptions } from '@memori/database';
import { EmbeddedProcess, type EmbeddedProcessOptions } from './embedded-process';

/** The number of the user who owns nothing. */
export const NOBODY = 65534;

export const isRoot = process.getuid?.() === 0;

/** A folder for each test, data directories to put there, and servers that are stopped after it. */
export class EmbeddedFixture {
  directory = '';
  private template = '';
  private readonly running: { stop(): Promise<void> }[] = [];

  /** `module`: the file of the class EmbeddedPostgres. */
  constructor(private readonly module: string) {}

  async open(): Promise<void> {
    this.template = mkdtempSync(join(tmpdir(), 'memori-template-'));
    const server = await EmbeddedPostgres.start({ directory: this.template });
    await server.stop();
  }

  close(): void {
    rmSync(this.template, { recursive: true, force: true });
  }

  begin(): void {
    this.directory = mkdtempSync(join(tmpdir(), 'memori-robust-'));
    chmodSync(this.directory, 0o755);
  }

  async end(): Promise<void> {
    for (const server of this.running.splice(0)) await server.stop();
    // A copy that may not be written to could not be removed either.
    spawnSync('chmod', ['-R', 'u+w', this.directory]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A data directory as it is after the first start, made faster than by one. */
  usedBefore(target = this.directory): string {
    mkdirSync(target, { recursive: true });
    for (const name of ['format.json', 'postgres', 'postgres.passwords'])
      spawnSync('cp', ['-a', join(this.template, name), target]);
    return target;
  }

  /** In this process. */
  async start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    const server = await EmbeddedPostgres.start(options);
    this.running.push(server);
    return server;
  }

  /** In a process of its own, which can be killed and can be somebody else's. */
  async child(options: Omit<EmbeddedProcessOptions, 'module'>): Promise<EmbeddedProcess> {
    const server = await EmbeddedProcess.start({ module: this.module, ...options });
    this.running.push(server);
    return server;
  }

  async run(config: ClientConfig, sql: string): Promise<unknown[]> {
    const { rows } = await withClient(config, (client) => client.query<Record<string, unknown>>(sql));
    return rows;
  }

  /** A folder that nobody owns, when this process is root and can give it away. */
  ownedDir(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path);
    if (isRoot) chownSync(path, NOBODY, NOBODY);
    return path;
  }

  /** The package of binaries as npm leaves it, without symlinks; and not to be written to. */
  copyPackage(name: string): string {
    const target = join(this.directory, name);
    cpSync(findPackage(), target, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
    spawnSync('chmod', ['-R', 'a-w', target]);
    return target;
  }

  /** Puts a small disk over the test's folder; undefined where nothing can be mounted. */
  mountSmallDisk(size: string): (() => Promise<void>) | undefined {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.directory]).status === 0;
    if (!mounted) return undefined;
    return async () => {
      for (const server of this.running.splice(0)) await server.stop();
      spawnSync('umount', ['-l', this.directory]);
    };
  }
}
