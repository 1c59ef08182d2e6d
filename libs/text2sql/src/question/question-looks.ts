import { Injectable } from '@nestjs/common';
import { Database, Gathered, SYSTEM_SCOPE } from '@memori/database';

/**
 * Whether questions have ended, asked for all who wait in this process together: a thousand who wait are one look at the
 * table. Tells nothing of a question but that; whose it is was seen to before.
 */
@Injectable()
export class QuestionLooks {
  private readonly looks = new Gathered((ids: readonly string[]) => this.look(ids), {
    mostAtOnce: 1000,
    mostUnderWay: 1,
    patienceMs: 2000,
  });

  constructor(private readonly database: Database) {}

  /** True: it is over, or gone. */
  hasEnded(id: string): Promise<boolean> {
    return this.looks.ask(id);
  }

  private async look(ids: readonly string[]): Promise<boolean[]> {
    const rows = await this.database.query<{ id: string }>(
      SYSTEM_SCOPE,
      "SELECT id FROM memori.questions WHERE id = ANY ($1::uuid[]) AND status IN ('queued', 'running')",
      [ids],
    );
    const open = new Set(rows.map(({ id }) => id));
    return ids.map((id) => !open.has(id));
  }
}
