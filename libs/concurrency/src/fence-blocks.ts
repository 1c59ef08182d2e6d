import type { Database } from '@memori/database';

/** Fences of one block. `isFirst`: no block was ever drawn before, so no lease can have been lost. */
export interface FenceBlock {
  readonly first: number;
  readonly last: number;
  readonly isFirst: boolean;
}

/** One durable commit for so many grants. What a lost store had not used is skipped. */
const BLOCK = 10_000;

/** Fencing numbers for leases that are kept outside PostgreSQL, from its logged sequence, in blocks that rise. */
export class FenceBlocks {
  private drawing?: Promise<FenceBlock>;

  constructor(private readonly database: Database) {}

  /** Those who need one at the same moment share it. */
  draw(): Promise<FenceBlock> {
    this.drawing ??= this.drawOne().finally(() => (this.drawing = undefined));
    return this.drawing;
  }

  private async drawOne(): Promise<FenceBlock> {
    const [row] = await this.database.call<{ first_fence: string; last_fence: string; is_first: boolean }>(
      'SELECT * FROM memori.draw_fences($1)',
      [BLOCK],
    );
    if (!row) throw new Error('draw_fences answered nothing');
    return { first: Number(row.first_fence), last: Number(row.last_fence), isFirst: row.is_first };
  }
}
