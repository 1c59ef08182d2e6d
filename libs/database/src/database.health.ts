import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Database } from './database';
import { readMigrations } from './migrator';

const TIMEOUT_MS = 2000;

/** Ready means: Memori's own database answers and holds every migration that this program knows. */
@Injectable()
export class DatabaseHealth {
  private readonly known = readMigrations().map(({ name }) => name);

  constructor(
    private readonly database: Database,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async isHealthy(key = 'database'): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(key);
    try {
      const missing = await withinTime(this.missingMigrations());
      return missing.length > 0 ? indicator.down({ missingMigrations: missing }) : indicator.up();
    } catch {
      return indicator.down({ message: "Memori's own database does not answer." });
    }
  }

  private async missingMigrations(): Promise<string[]> {
    const rows = await this.database.callFirst<{ name: string }>('SELECT name FROM memori.migrations');
    const applied = new Set(rows.map(({ name }) => name));
    return this.known.filter((name) => !applied.has(name));
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error('timeout')), TIMEOUT_MS)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
