import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { hasRole, type Principal, userScopeOf } from '@memori/scope';

const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface ExportSource {
  readonly kind: string;
  readonly table: string;
  /** Ids of the house, and what is made anew from the rest. */
  readonly without: readonly string[];
  /** By what rows stand in order and are read page by page: an id and a number. */
  readonly key: readonly [id: string, number?: string];
  /** Rows of the whole tenant are among them, for those who may write them. */
  readonly isShared?: boolean;
  /** Of the rows of one session. */
  readonly ofSession: string | null;
}

/** All that a fact alone of one session was drawn from, or that belongs to it. */
const OF_SESSION = `(t.session_id = $6 OR (t.origin = 'drawn' AND t.source_turn_ids <> '{}'
  AND t.source_turn_ids <@ (SELECT coalesce(array_agg(x.id), '{}') FROM memori.turns x WHERE x.session_id = $6)))`;

/** The kinds in the order in which an import needs them. */
const SOURCES: readonly ExportSource[] = [
  { kind: 'session', table: 'memori.sessions', without: ['version', 'last_seq'], key: ['id'], ofSession: 't.id = $6' },
  {
    kind: 'turn',
    table: 'memori.turns',
    without: ['scope_version', 'terms', 'passage_ends', 'traits'],
    key: ['session_id', 'seq'],
    ofSession: 't.session_id = $6',
  },
  {
    kind: 'summary',
    table: 'memori.session_summaries',
    without: [],
    key: ['session_id'],
    ofSession: 't.session_id = $6',
  },
  {
    kind: 'document',
    table: `(SELECT *, CASE WHEN user_id IS NULL THEN 'tenant' ELSE 'user' END AS scope FROM memori.documents)`,
    without: ['key', 'created_by'],
    key: ['id'],
    isShared: true,
    ofSession: null,
  },
  {
    kind: 'memory',
    table: 'memori.memories',
    without: ['scope_version', 'terms', 'fact_key', 'negated', 'created_by'],
    key: ['id'],
    isShared: true,
    ofSession: OF_SESSION,
  },
  {
    kind: 'memoryVersion',
    table: 'memori.memory_history',
    without: [],
    key: ['memory_id', 'version'],
    isShared: true,
    ofSession: `t.memory_id IN (SELECT m.id FROM memori.memories m WHERE m.tenant_id = $1 AND m.user_id = $2
      AND ${OF_SESSION.replaceAll(/\bt\./g, 'm.')})`,
  },
];

/** Everything that a user said and kept, as NDJSON that an import takes. */
@Injectable()
export class MemoryExport {
  constructor(private readonly database: Database) {}

  /** `sessionId`: of one session, with the facts that it alone taught. Curators also get what is the whole tenant's. */
  async *lines(principal: Principal, sessionId: string | null = null): AsyncIterable<string> {
    // Who reads it where it came from gets it back under its own ids.
    yield JSON.stringify({ kind: 'export', format: 1, ...userScopeOf(principal) });
    for (const source of SOURCES)
      if (sessionId === null || source.ofSession !== null) yield* this.linesOf(principal, source, sessionId);
  }

  private async *linesOf(principal: Principal, source: ExportSource, sessionId: string | null): AsyncIterable<string> {
    const { kind, table, key, isShared, ofSession } = source;
    const [id, number = '0'] = key;
    const sees = isShared && sessionId === null && hasRole(principal, 'curator');
    const where = [
      'tenant_id = $1',
      sees ? '(user_id = $2 OR user_id IS NULL)' : 'user_id = $2',
      `(${id}, ${number}) > ($4::uuid, $5::integer)`,
      sessionId === null ? '$6::uuid IS NULL' : (ofSession ?? 'false'),
    ];
    const without = [...source.without, 'tenant_id', 'user_id'];
    let [after, afterNumber] = [FIRST_ID, 0];
    for (;;) {
      const rows = await this.database.query<{ row: Record<string, unknown> }>(
        userScopeOf(principal),
        `SELECT to_jsonb(t) - $3::text[] AS row FROM ${table} t
         WHERE ${where.join(' AND ')} ORDER BY ${key.join(', ')} LIMIT ${PAGE}`,
        [principal.tenantId, principal.userId, without, after, afterNumber, sessionId],
      );
      for (const { row } of rows) yield JSON.stringify({ kind, ...camelCased(row) });
      const last = rows.at(-1)?.row;
      if (!last || rows.length < PAGE) return;
      after = String(last[id]);
      afterNumber = Number(last[number] ?? 0);
    }
  }
}

function camelCased(row: Record<string, unknown>): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]));
}
