import { Injectable } from '@nestjs/common';
import { type Principal, userScopeOf } from '@memori/scope';
import { Database } from '@memori/database';

const PAGE = 500;

/** The kinds in the order in which an import needs them, with what is left out: ids of the house, derived tokens. */
const KINDS = [
  {
    kind: 'session',
    table: 'memori.sessions',
    without: ['tenant_id', 'user_id', 'version', 'last_seq', 'drawn_seq', 'summary_seq'],
  },
  { kind: 'turn', table: 'memori.turns', without: ['tenant_id', 'user_id', 'scope_version', 'terms', 'passage_ends'] },
  {
    kind: 'summary',
    table: '(SELECT session_id AS id, y.* FROM memori.session_summaries y)',
    without: ['tenant_id', 'user_id', 'id'],
  },
  {
    kind: 'memory',
    table: 'memori.memories',
    without: ['tenant_id', 'user_id', 'scope_version', 'terms', 'fact_key', 'fingerprint'],
  },
  {
    kind: 'memoryVersion',
    table: 'memori.memory_history',
    without: ['tenant_id', 'user_id'],
    order: 'memory_id, version',
  },
] as const;

/** Everything that a user said and kept, as NDJSON. */
@Injectable()
export class MemoryExport {
  constructor(private readonly database: Database) {}

  async *lines(principal: Principal): AsyncIterable<string> {
    for (const source of KINDS) yield* this.linesOf(principal, source);
  }

  private async *linesOf(principal: Principal, source: (typeof KINDS)[number]): AsyncIterable<string> {
    const order = 'order' in source ? source.order : 'id';
    const cursor =
      'order' in source ? '(memory_id, version) > ($4::uuid, $5::int)' : 'id > $4::uuid AND $5::int IS NOT NULL';
    let [after, version] = ['00000000-0000-0000-0000-000000000000', 0];
    for (;;) {
      const rows = await this.database.query<{ row: Record<string, unknown> }>(
        userScopeOf(principal),
        `SELECT to_jsonb(t) - $3::text[] AS row FROM ${source.table} t
         WHERE tenant_id = $1 AND user_id = $2 AND ${cursor} ORDER BY ${order} LIMIT ${PAGE}`,
        [principal.tenantId, principal.userId, source.without, after, version],
      );
      for (const { row } of rows) yield JSON.stringify({ kind: source.kind, ...camelCased(row) });
      const last = rows.at(-1)?.row;
      if (!last || rows.length < PAGE) return;
      after = String(last.memory_id ?? last.id ?? last.session_id);
      version = Number(last.version ?? 0);
    }
  }
}

function camelCased(row: Record<string, unknown>): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]));
}
