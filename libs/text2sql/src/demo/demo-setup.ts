import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type DemoAddresses, OwnDatabase, SYSTEM_SCOPE } from '@memori/database';
import { DomainError } from '@memori/errors';
import { Log } from '@memori/monitoring';
import type { Principal } from '@memori/scope';
import { DataSources } from '../data-source/data-sources';
import type { DataSourceView } from '../data-source/data-source.record';
import { VerifiedQueries } from '../verified-query/verified-queries.service';
import { fillDemoDatabase } from './demo-database';

/** The name that the demo data source is registered under. */
export const DEMO_NAME = 'demo';

/** One of the demo's verified queries: answered without a model. */
export const DEMO_QUESTION = 'Who are the top 3 customers by revenue?';

const OWNER: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};
const SETTING = 'demo';
const QUERIES = join(__dirname, 'verified-queries.ndjson');

/** The coffee wholesaler that a new Memori can be asked about. Made at the first start; once deleted, it stays away. */
@Injectable()
export class DemoSetup {
  constructor(
    private readonly env: Env,
    private readonly own: OwnDatabase,
    private readonly database: Database,
    private readonly dataSources: DataSources,
    private readonly verifiedQueries: VerifiedQueries,
    private readonly log: Log,
  ) {}

  /** Returns whether the demo data source is there. A second call changes nothing. */
  async ensure(): Promise<boolean> {
    const { demo } = this.own;
    if (this.env.MEMORI_DEMO === 'false') return false;
    if (!demo) {
      if (this.env.MEMORI_DEMO === 'true')
        this.log.warn(
          'MEMORI_DEMO=true makes the demo on the embedded PostgreSQL only; with MEMORI_DATABASE_URL there is none',
        );
      return false;
    }
    const id = await this.knownId();
    if (id !== undefined) return this.moveAlong(id, demo);
    await fillDemoDatabase(demo.admin);
    const source = await this.register(demo);
    await this.importQueries(source.id);
    await this.remember(source.id);
    return true;
  }

  /** The socket lies in another place when the data directory was moved. */
  private async moveAlong(id: string, demo: DemoAddresses): Promise<boolean> {
    const source = await this.find(id);
    if (!source) return false;
    if (source.host !== demo.reader.host)
      await this.dataSources.update(OWNER, id, { url: demo.readerUrl }, { isOwn: true });
    return true;
  }

  /** A start that was killed after it registered the source, and before it remembered it, goes on from there. */
  private async register(demo: DemoAddresses): Promise<DataSourceView> {
    const half = await this.find(DEMO_NAME);
    if (half) return half;
    return this.dataSources.create(
      OWNER,
      {
        name: DEMO_NAME,
        dialect: 'postgresql',
        url: demo.readerUrl,
        schemas: ['coffee'],
        description: 'Coffee wholesaler (demo): customers, orders, stock and quality · 咖啡批发商（演示）',
      },
      { isOwn: true },
    );
  }

  private async importQueries(dataSourceId: string): Promise<void> {
    const report = await this.verifiedQueries.importNdjson(
      OWNER,
      dataSourceId,
      readFileSync(QUERIES, 'utf8').split('\n'),
    );
    const [first] = report.failed;
    if (first) throw new Error(`The demo's verified query in line ${first.line} was refused: ${first.message}`);
  }

  private async find(idOrName: string): Promise<DataSourceView | undefined> {
    try {
      return await this.dataSources.get(OWNER, idOrName);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  private async knownId(): Promise<string | undefined> {
    const rows = await this.database.query<{ id: string }>(
      SYSTEM_SCOPE,
      `SELECT value ->> 'dataSourceId' AS id FROM memori.settings WHERE key = $1`,
      [SETTING],
    );
    return rows[0]?.id;
  }

  private async remember(dataSourceId: string): Promise<void> {
    await this.database.query(
      SYSTEM_SCOPE,
      `INSERT INTO memori.settings (key, value) VALUES ($1, jsonb_build_object('dataSourceId', $2::text)) ON CONFLICT (key) DO NOTHING`,
      [SETTING, dataSourceId],
    );
  }
}
