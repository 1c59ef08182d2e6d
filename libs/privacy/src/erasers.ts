import { Injectable } from '@nestjs/common';
import { Database, StartError, type Tx } from '@memori/database';
import type { Eraser, Erasure } from './eraser';

// What has a scope stands behind the second wall, or names a tenant, a user or a session.
const WITH_A_SCOPE = `SELECT c.relname AS name FROM pg_class c
  WHERE c.relnamespace = 'memori'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND (c.relrowsecurity OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
      AND a.attname IN ('tenant_id', 'user_id', 'session_id')))
  ORDER BY 1`;

/** All that hold something of a user. Every lib adds its own when it is made; forgetting goes through all of them. */
@Injectable()
export class Erasers {
  private readonly known = new Map<string, Eraser>();

  constructor(private readonly database: Database) {}

  add(eraser: Eraser): void {
    this.known.set(eraser.holder, eraser);
  }

  /** What stays by design, whatever is forgotten. */
  get stays(): string[] {
    const reasons = this.inOrder().flatMap(({ keeps }) => Object.values(keeps));
    return [...new Set([...reasons, 'backups made before'])].sort();
  }

  /** In the order of their names, so that two that forget at once meet rows in the same order. */
  async eraseAll(tx: Tx, erasure: Erasure): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const eraser of this.inOrder()) Object.assign(counts, await eraser.erase(tx, erasure));
    return counts;
  }

  /** A table that nobody erases would keep what its user was promised is gone. */
  async check(): Promise<void> {
    const tables = await this.database.call<{ name: string }>(WITH_A_SCOPE);
    const complaints = complaintsOf(
      tables.map(({ name }) => name),
      this.inOrder(),
    );
    if (complaints.length > 0)
      throw new StartError(`Forgetting would not be complete. ${complaints.join(' ')} Every table has one eraser.`);
  }

  private inOrder(): Eraser[] {
    const place = ({ goesLast, holder }: Eraser) => (goesLast ? '1' : '0') + holder;
    return [...this.known.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }
}

export function complaintsOf(tables: readonly string[], erasers: readonly Eraser[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { holder, erases, keeps } of erasers)
    for (const table of [...erases, ...Object.keys(keeps)]) owners.set(table, [...(owners.get(table) ?? []), holder]);
  const complaints = tables
    .filter((table) => !owners.has(table))
    .map((table) => `Nobody says what becomes of memori.${table}.`);
  for (const [table, holders] of owners) {
    if (holders.length > 1) complaints.push(`memori.${table} is named by ${holders.join(' and ')}.`);
    if (!tables.includes(table)) complaints.push(`${holders.join(' and ')} names memori.${table}, which has no scope.`);
  }
  return complaints;
}
