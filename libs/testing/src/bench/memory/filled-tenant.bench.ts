import { Client } from 'pg';
import type { Principal } from '@memori/scope';
import type { TestDatabase } from '../../database/test-database';
import { aPrincipal, type MemoryProcess, told } from '../../../../memory/src/memory.fixture';
import { MadeUpTalk, type MadeUpTurn } from './made-up-talk';

/** What one user's namespace holds, turns and facts together. */
export const SCOPE_SIZE = 10_000;
/** Eight turns in one request, then two facts that come from them. */
const ROUND = 10;
const FACTS = 2;
const ROUNDS_IN_SESSION = 10;

export interface FilledTenant {
  readonly principal: Principal;
  readonly turns: readonly MadeUpTurn[];
}

/**
 * A tenant with so many memories, 10,000 of them of the user who will search. His are written by the service; after each
 * round SQL writes the same rows for each of the other users, under ids of their own. So terms, traits and versions are
 * what the service writes, and the rows of all users stand between one another in the tables, as if all had talked at once.
 */
export async function fillTenant(db: TestDatabase, process: MemoryProcess, memories: number): Promise<FilledTenant> {
  const principal = aPrincipal();
  const talk = new MadeUpTalk();
  const turns: MadeUpTurn[] = [];
  const copies = new ScopeCopies(new Client(db.superuser), principal.userId, memories / SCOPE_SIZE - 1);
  await copies.open();
  let session = '';
  for (let round = 0; round < SCOPE_SIZE / ROUND; round++) {
    if (round % ROUNDS_IN_SESSION === 0) {
      session = (await process.sessions.open(principal)).id;
      await copies.copy('sessions', [session]);
    }
    const said = Array.from({ length: ROUND - FACTS }, (_, at) => talk.turn(round * ROUND + at));
    turns.push(...said);
    const ids = (await process.sessions.addTurns(principal, session, said)).map(({ id }) => id);
    const facts: string[] = [];
    for (let at = 0; at < FACTS; at++) {
      const sourceTurnIds = [ids[talk.below(ids.length)] as string];
      const { content } = talk.turn(round * ROUND + at);
      facts.push((await process.memories.add(principal, told(content, { sourceTurnIds }))).id);
    }
    await copies.copy('turns', ids);
    await copies.copy('memories', facts);
  }
  await copies.finish();
  return { principal, turns };
}

/** What differs between a row and its copy for user number n. Ids stay together: a fact's turns are those of its copy. */
const CHANGED: Readonly<Record<string, string>> = {
  id: idOfCopy('t.id'),
  user_id: 'n::text',
  created_by: 'n::text',
  session_id: idOfCopy('t.session_id'),
  source_turn_ids: `(SELECT coalesce(array_agg(${idOfCopy('source')}), '{}') FROM unnest(t.source_turn_ids) AS source)`,
};

class ScopeCopies {
  private readonly statements = new Map<string, string>();

  constructor(
    private readonly client: Client,
    private readonly userId: string,
    private readonly users: number,
  ) {}

  async open(): Promise<void> {
    await this.client.connect();
    // The copies are given, not measured: they need not reach the disk one by one.
    await this.client.query('SET synchronous_commit = off');
  }

  async copy(table: 'sessions' | 'turns' | 'memories', ids: readonly string[]): Promise<void> {
    if (this.users === 0) return;
    const text = this.statements.get(table) ?? (await this.statementFor(table));
    this.statements.set(table, text);
    await this.client.query({ name: table, text, values: [ids, this.users] });
  }

  /** Namespaces of the copies, their sessions' last numbers, and the statistics that autovacuum would have gathered. */
  async finish(): Promise<void> {
    await this.client.query(
      `INSERT INTO memori.namespaces SELECT tenant_id, n::text, namespace, version, erased
       FROM memori.namespaces, generate_series(1, $2::integer) AS n WHERE user_id = $1`,
      [this.userId, this.users],
    );
    await this.client.query(
      `UPDATE memori.sessions x SET last_seq = (SELECT max(seq) FROM memori.turns t WHERE t.session_id = x.id)`,
    );
    await this.client.query('VACUUM (ANALYZE) memori.sessions, memori.turns, memori.memories, memori.namespaces');
    await this.client.end();
  }

  private async statementFor(table: string): Promise<string> {
    const { rows } = await this.client.query<{ name: string }>(
      `SELECT quote_ident(column_name) AS name FROM information_schema.columns
       WHERE table_schema = 'memori' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
      [table],
    );
    const columns = rows.map(({ name }) => name);
    const values = columns.map((name) => CHANGED[name] ?? `t.${name}`);
    return `INSERT INTO memori.${table} (${columns.join(', ')}) SELECT ${values.join(', ')}
            FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN memori.${table} t USING (id)
            CROSS JOIN generate_series(1, $2::integer) AS n ORDER BY wanted.place, n`;
  }
}

function idOfCopy(column: string): string {
  return `md5(n || ${column}::text)::uuid`;
}
