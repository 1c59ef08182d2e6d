import { Injectable } from '@nestjs/common';
import { Sessions } from '@memori/session';
import { ContextBuilder, type GatheredMaterial } from '../context/context-builder';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { QuestionRun } from './question-run';

/** What bears on the question of a run, gathered once: stored answers are found by it, and the model is shown it. */
@Injectable()
export class QuestionMaterial {
  constructor(
    private readonly context: ContextBuilder,
    private readonly sessions: Sessions,
  ) {}

  of(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<GatheredMaterial> {
    return (run.material ??= this.gather(run, record, catalog));
  }

  private gather(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<GatheredMaterial> {
    const { claim, hints, progress } = run;
    return progress.time('contextMs', async () => {
      const session = hints.session ?? (await this.sessions.get(claim.principal, claim.sessionId));
      const { question, settings } = claim;
      const { timeZone, language, repliedTo } = settings;
      return this.context.gather({ session, dataSource: record, catalog, question, timeZone, language, repliedTo });
    });
  }
}
