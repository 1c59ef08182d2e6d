import type { Env } from '@memori/config';
import type { Database } from '@memori/database';
import type { AlertRow } from './budget-alerts';
import { configuredLimits, installationFacts } from './limits';

/** Brings the limits of the configuration into the table that every instance reads, once in the life of a process. */
export class ConfiguredLimits {
  private done?: Promise<AlertRow[]>;

  constructor(
    private readonly database: Database,
    private readonly env: Env,
  ) {}

  /** Resolves when they are there, with the alerts that they raised; a failure is tried again by the next caller. */
  ensure(): Promise<AlertRow[]> | undefined {
    if (this.done) return this.done;
    this.done = this.write();
    this.done.catch(() => (this.done = undefined));
    return this.done;
  }

  private async write(): Promise<AlertRow[]> {
    const [row] = await this.database.call<{ alerts: AlertRow[] }>('SELECT memori.configure_limits($1, $2) AS alerts', [
      JSON.stringify(configuredLimits(this.env)),
      JSON.stringify(installationFacts(this.env)),
    ]);
    return row?.alerts ?? [];
  }
}
