import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Optional } from '@nestjs/common';
import { Database, NotificationHub, type Unsubscribe } from '@memori/database';
import { Log } from '@memori/monitoring';
import { PriceTable } from './price-table';

/** Notified, with the version, when an administrator has replaced the prices. */
export const PRICES_CHANNEL = 'memori_prices';
/** The row of memori.settings that names the version in force; without it the bundled list is. */
export const PRICES_SETTING = 'price-table';

/** The prices that count now, and those of every earlier version: a charge is priced as it was reserved. */
@Injectable()
export class Prices implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly bundled = PriceTable.bundled();
  private inForce = this.bundled;
  private readonly earlier = new Map<string, PriceTable>();
  private stopListening: Unsubscribe[] = [];

  constructor(
    private readonly database: Database,
    @Optional() private readonly hub?: NotificationHub,
    @Optional() private readonly log?: Log,
  ) {}

  get current(): PriceTable {
    return this.inForce;
  }

  /** Keeps the bundled version in the database: rows of the journal name it for as long as they exist. */
  async onApplicationBootstrap(): Promise<void> {
    await this.database.call(
      'INSERT INTO memori.price_tables (version, content) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING',
      [this.bundled.version, JSON.stringify(this.bundled.content)],
    );
    if (this.hub) {
      const look = () => void this.refreshQuietly();
      this.stopListening = [this.hub.on(PRICES_CHANNEL, look), this.hub.reconnected(look)];
      // What was notified before the connection stood is lost: one more look when it does.
      void this.hub.ready().then(look);
    }
    await this.refresh();
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  /** Takes over the version that is in force in the database. */
  async refresh(): Promise<void> {
    const [row] = await this.database.call<{ version: string | null }>(
      "SELECT value ->> 'version' AS version FROM memori.settings WHERE key = $1",
      [PRICES_SETTING],
    );
    this.inForce = row?.version ? await this.ofVersion(row.version) : this.bundled;
  }

  /** The table of a version, or the current one when that version was never kept. */
  async ofVersion(version: string): Promise<PriceTable> {
    if (version === this.current.version) return this.current;
    const known = this.earlier.get(version);
    if (known) return known;
    const [row] = await this.database.call<{ content: unknown }>(
      'SELECT content FROM memori.price_tables WHERE version = $1',
      [version],
    );
    if (!row) return this.current;
    const table = PriceTable.parse(row.content);
    this.earlier.set(version, table);
    return table;
  }

  private async refreshQuietly(): Promise<void> {
    try {
      const before = this.current.version;
      await this.refresh();
      if (this.current.version !== before)
        this.log?.info('Other prices are in force.', { priceVersion: this.current.version });
    } catch (error) {
      this.log?.error('The new prices could not be read; the former stay in force here.', { error });
    }
  }
}
