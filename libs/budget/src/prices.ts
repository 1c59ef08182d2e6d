import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '@memori/database';
import { PriceTable } from './price-table';

/** The prices that count now, and those of every earlier version: a charge is priced as it was reserved. */
@Injectable()
export class Prices implements OnApplicationBootstrap {
  readonly current = PriceTable.bundled();
  private readonly earlier = new Map<string, PriceTable>();

  constructor(private readonly database: Database) {}

  /** Keeps this version in the database: rows of the journal name it for as long as they exist. */
  async onApplicationBootstrap(): Promise<void> {
    await this.database.call(
      'INSERT INTO memori.price_tables (version, content) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING',
      [this.current.version, JSON.stringify(this.current.content)],
    );
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
    const table = row ? PriceTable.parse(row.content) : this.current;
    this.earlier.set(version, table);
    return table;
  }
}
