import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { ForbiddenError, InvalidRequestError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { Audit, isInstallationAdministrator, requireRole } from '@memori/security';
import { PriceListError } from './price-list';
import { PriceTable } from './price-table';
import { PRICES_CHANNEL, PRICES_SETTING, Prices } from './prices';

/** The models that questions are put to: without a price for one of them some would fail. */
const ASKED = ['MEMORI_CLAUDE_MODEL', 'MEMORI_CLAUDE_FAST_MODEL', 'MEMORI_CLAUDE_STRONG_MODEL'] as const;

/** The price list in force: its content (`version`, `batchFactor`, `models`), and what came of it. */
export interface PriceRecord {
  readonly [part: string]: unknown;
  /** Stands on every row of the journal: the list's own version and a hash of its content. */
  readonly priceVersion: string;
  /** Whether it is the list that ships with this Memori. */
  readonly isBundled: boolean;
  readonly setBy: string | null;
  readonly setAt: string | null;
}

interface InForce {
  readonly version: string;
  readonly setBy: string;
  readonly setAt: string;
}

/** Reads and replaces the prices, for the whole installation and while it runs. */
@Injectable()
export class PriceAdmin {
  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  async get(principal: Principal): Promise<PriceRecord> {
    requireRole(principal, 'administrator');
    // The row, not this process: another instance may have set it a moment ago.
    await this.prices.refresh();
    const [row] = await this.database.call<{ value: InForce }>('SELECT value FROM memori.settings WHERE key = $1', [
      PRICES_SETTING,
    ]);
    return recordOf(this.prices.current, row?.value);
  }

  /** Puts another list in force, whole or not at all. Calls that are running are charged at the prices they began with. */
  async replace(principal: Principal, content: unknown, requestId?: string): Promise<PriceRecord> {
    requireRole(principal, 'administrator');
    if (!isInstallationAdministrator(principal))
      throw new ForbiddenError(
        'Only an administrator of the tenant "default" may set the prices: they are everybody’s.',
      );
    const table = this.checked(content);
    const inForce = { version: table.version, setBy: principal.userId, setAt: new Date().toISOString() };
    await this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      await tx.query(
        'INSERT INTO memori.price_tables (version, content) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING',
        [table.version, JSON.stringify(table.content)],
      );
      await tx.query(
        'INSERT INTO memori.settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        [PRICES_SETTING, JSON.stringify(inForce)],
      );
      await this.audit.record(tx, {
        principal,
        action: 'prices.set',
        subjectType: 'prices',
        subjectId: table.version,
        requestId,
        details: { models: table.modelIds },
      });
      await tx.query('SELECT pg_notify($1, $2)', [PRICES_CHANNEL, table.version]);
    });
    await this.prices.refresh();
    return recordOf(table, inForce);
  }

  private checked(content: unknown): PriceTable {
    const table = parsed(content);
    const variable = ASKED.find((name) => !table.find(this.env[name]));
    if (!variable) return table;
    const message = `must have a price for "${this.env[variable]}", the model of ${variable}`;
    throw new InvalidRequestError(`"models" ${message}.`, [{ pointer: '/models', message }]);
  }
}

function parsed(content: unknown): PriceTable {
  try {
    return PriceTable.parse(content);
  } catch (error) {
    if (!(error instanceof PriceListError)) throw error;
    const message =
      'The price list is malformed; the former prices stay in force. Each wrong field is named in "errors".';
    throw new InvalidRequestError(message, error.errors.slice(0, 100));
  }
}

function recordOf(table: PriceTable, inForce: InForce | undefined): PriceRecord {
  const isSet = inForce?.version === table.version;
  return {
    ...(table.content as Record<string, unknown>),
    priceVersion: table.version,
    isBundled: table.version === PriceTable.bundled().version,
    setBy: isSet ? inForce.setBy : null,
    setAt: isSet ? inForce.setAt : null,
  };
}
