import { agreementOf, type Agreement, type GoldResult, GoldRunner, type JsonResult } from '@memori/golds';
import type { SourcePlace } from './answer-sources';

/** A gold that runs, and what it gives. */
export interface RunGold {
  readonly sql: string;
  readonly result: GoldResult;
}

/** Runs golds on the database itself, on one connection for the place that it is at. */
export class GoldDesk {
  private runner?: { readonly place: SourcePlace; readonly golds: GoldRunner };

  constructor(private readonly databaseUrl: string) {}

  /** The first that runs, or why none does. */
  async first(place: SourcePlace, golds: readonly string[]): Promise<RunGold | string> {
    const runner = await this.at(place);
    let reason = 'there is no gold';
    for (const sql of golds) {
      try {
        return { sql, result: await runner.run(sql) };
      } catch (error) {
        reason = `its gold does not run: ${(error as Error).message}`;
      }
    }
    return reason;
  }

  /** How a result agrees with the gold that it agrees with best. */
  async judge(place: SourcePlace, first: RunGold, golds: readonly string[], actual: JsonResult): Promise<Agreement> {
    let best = await this.agreement(place, first, actual);
    for (const sql of golds.filter((each) => each !== first.sql)) {
      if (best.strict) break;
      const result = await (await this.at(place)).tryRun(sql);
      const next = result ? await this.agreement(place, { sql, result }, actual) : best;
      if (next.strict || (next.relaxed && !best.relaxed)) best = next;
    }
    return best;
  }

  async close(): Promise<void> {
    await this.runner?.golds.close();
    this.runner = undefined;
  }

  private async agreement(place: SourcePlace, { sql, result }: RunGold, actual: JsonResult): Promise<Agreement> {
    const agreement = agreementOf(result, actual);
    if (agreement.strict || !result.ordered) return agreement;
    if (!agreement.onlyOrder && agreement.relaxed) return agreement;
    const groups = await (await this.at(place)).tieGroups(sql, result);
    return groups ? agreementOf({ ...result, groups }, actual) : agreement;
  }

  private async at(place: SourcePlace): Promise<GoldRunner> {
    if (this.runner?.place === place) return this.runner.golds;
    await this.close();
    const golds = await GoldRunner.connect(this.databaseUrl, place.schemas);
    this.runner = { place, golds };
    return golds;
  }
}
