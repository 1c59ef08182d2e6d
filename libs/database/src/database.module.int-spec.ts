import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleLogger, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Client } from 'pg';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { getRepositoryToken } from '@nestjs/typeorm';
import { ConfigModule, parseEnv } from '@memori/config';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { Database } from './database';
import { DatabaseHealth } from './database.health';
import { DatabaseModule } from './database.module';
import { isAlive } from './embedded/process-identity';
import { readPostmasterPid } from './embedded/postmaster-pid';
import { withClient } from './embedded/roles';
import { NotificationHub } from './notification-hub';
import { OwnDatabase } from './own-database';
import { SYSTEM_SCOPE } from './db-scope';

@Entity({ schema: 'memori', name: 'tenants' })
class TenantRow {
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text' }) name!: string;
}

/** Writes when the application ends, as the question line does: the database must still be there. */
@Injectable()
class LastWords implements OnApplicationShutdown {
  static written: unknown;
  constructor(private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    LastWords.written = await this.database.query(
      SYSTEM_SCOPE,
      `UPDATE memori.tenants SET name = 'closed' RETURNING name`,
    );
  }
}

@Module({ imports: [TypeOrmModule.forFeature([TenantRow])], providers: [LastWords] })
class Feature {}

const secrets = { MEMORI_ADMIN_KEY: 'x'.repeat(16), MEMORI_ENCRYPTION_KEY: 'a'.repeat(64) };

async function boot(raw: Record<string, string>) {
  const imports = [ConfigModule.forRoot(parseEnv(raw)), DatabaseModule.forRoot(), Feature];
  const module = await Test.createTestingModule({ imports })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  return module.init();
}

describe('with nothing set', () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'memori-module-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('an embedded PostgreSQL serves until the last provider has said what it had to', async () => {
    const app = await boot({ MEMORI_DATA_DIR: directory });
    const own = app.get(OwnDatabase);
    const pid = readPostmasterPid(join(String(own.embedded?.location), 'data'))?.pid as number;
    expect(isAlive(pid)).toBe(true);

    expect(await app.get<Repository<TenantRow>>(getRepositoryToken(TenantRow), { strict: false }).find()).toEqual([
      { id: 'default', name: 'default' },
    ]);
    expect(await app.get(DatabaseHealth).isHealthy()).toEqual({ database: { status: 'up' } });
    expect(own.isOwnDatabase(own.memori.host as string, 5432, 'memori')).toBe(true);
    expect(await ownOf(own, own.owner)).toBe(true);
    expect(await ownOf(own, own.demo?.reader as never)).toBe(false);

    await app.close();
    expect(LastWords.written).toEqual([{ name: 'closed' }]);
    expect(isAlive(pid)).toBe(false);
  }, 60_000);

  it('a start that fails after the server was up leaves no server behind', async () => {
    const first = await boot({ MEMORI_DATA_DIR: directory });
    const own = first.get(OwnDatabase);
    await withClient(own.owner, (client) =>
      client.query(`INSERT INTO memori.migrations (name, checksum) VALUES ('9999-future', 'x')`),
    );
    await first.close();

    await expect(boot({ MEMORI_DATA_DIR: directory })).rejects.toThrow(/9999-future/);
    await expect(boot({ MEMORI_DATA_DIR: directory })).rejects.toThrow(/9999-future/);
  }, 60_000);
});

describe('with a database of your own', () => {
  let db: TestDatabase;
  beforeEach(async () => void (db = await testDatabase()));
  afterEach(() => db.close());

  it('runs as the role of the one URL and migrates as that of the direct one', async () => {
    const app = await boot({ MEMORI_DATABASE_URL: db.url, MEMORI_DATABASE_DIRECT_URL: db.ownerUrl, ...secrets });
    expect(await app.get(Database).call('SELECT current_user AS who')).toEqual([{ who: 'memori' }]);
    expect(app.get(OwnDatabase).demo).toBeUndefined();
    await app.get(NotificationHub).ready();
    await app.close();
    expect(LastWords.written).toEqual([{ name: 'closed' }]);
  });

  it('does not start when the two lead to different databases', async () => {
    const other = await testDatabase();
    const start = boot({ MEMORI_DATABASE_URL: db.url, MEMORI_DATABASE_DIRECT_URL: other.ownerUrl, ...secrets });
    await expect(start).rejects.toThrow(
      'MEMORI_DATABASE_DIRECT_URL and MEMORI_DATABASE_URL lead to different databases',
    );
    await other.close();
  });

  it.each([
    ['password', (url: string) => url.replace(/:[^:@]*@/, ':SECRET@'), /refuses the user or the password/],
    ['database', (url: string) => url.replace(/\/[^/]*$/, '/nowhere'), /no such database/],
  ])('says what is wrong with the %s, and does not repeat it', async (_what, wrong, message) => {
    const start = boot({ MEMORI_DATABASE_URL: wrong(db.url), ...secrets });
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.not.toThrow(/SECRET/);
  });

  it('is not healthy while it lacks a migration or does not answer', async () => {
    const app = await boot({ MEMORI_DATABASE_URL: db.url, MEMORI_DATABASE_DIRECT_URL: db.ownerUrl, ...secrets });
    const health = app.get(DatabaseHealth);
    await withClient(db.owner, (client) => client.query(`DELETE FROM memori.migrations WHERE name = '0001-base'`));
    expect(await health.isHealthy()).toEqual({ database: { status: 'down', missingMigrations: ['0001-base'] } });

    await withClient({ ...db.superuser, database: 'postgres' }, (client) =>
      client.query(`DROP DATABASE ${String(db.owner.database)} WITH (FORCE)`),
    );
    expect(await health.isHealthy()).toEqual({
      database: { status: 'down', message: "Memori's own database does not answer." },
    });
    await app.close();
  });
});

async function ownOf(own: OwnDatabase, config: ConstructorParameters<typeof Client>[0]): Promise<boolean> {
  const client = new Client(config);
  await client.connect();
  try {
    return await own.isOwnConnection((sql, params) => client.query<{ own: boolean }>(sql, params));
  } finally {
    await client.end();
  }
}
