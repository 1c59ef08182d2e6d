import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import type { Principal } from '@memori/scope';
import { Audit } from '@memori/security';
import type { Catalog } from '../data-source/catalog';
import { SqlGuard } from '../guard/sql-guard';
import { type GlossaryEntry, metricOf } from './glossary-entry';
import { GlossaryRepository } from './glossary.repository';

/** Whether metrics still hold: asked whenever the catalogue was read anew, and before one is used with another. */
@Injectable()
export class MetricChecks {
  constructor(
    private readonly database: Database,
    private readonly repository: GlossaryRepository,
    private readonly guard: SqlGuard,
    private readonly audit: Audit,
  ) {}

  /** Judges every metric of a data source by this catalogue: stale what fails, valid what passes again. */
  async recheck(principal: Principal, dataSourceId: string, catalog: Catalog): Promise<void> {
    const { tenantId } = principal;
    const metrics = await this.repository.list(tenantId, dataSourceId, { kind: 'metric' });
    for (const entry of metrics) {
      const status = (await this.passes(entry, catalog)) ? 'valid' : 'stale';
      if (status !== entry.status) await this.mark(principal, entry, status);
    }
  }

  async passes(entry: GlossaryEntry, catalog: Catalog): Promise<boolean> {
    const metric = metricOf(entry);
    return metric !== undefined && (await this.guard.checkMetric(metric, catalog)).allowed;
  }

  private mark(principal: Principal, entry: GlossaryEntry, status: GlossaryEntry['status']): Promise<void> {
    return this.database.transaction({ tenantId: principal.tenantId }, async (tx) => {
      if (!(await this.repository.setStatus(tx, entry, status))) return;
      const details = { dataSourceId: entry.dataSourceId };
      const action = `glossary.${status}`;
      await this.audit.record(tx, { principal, action, subjectType: 'glossary-entry', subjectId: entry.id, details });
    });
  }
}
