import { type Database, type DbScope, type Tx, withClient } from '@memori/database';
import { newId } from '@memori/scope';
import {
  hasPgvectorServer,
  PgliteDatabase,
  pgvectorServerDatabase,
  type TestDatabase,
  testDatabase,
} from '@memori/testing';
import { ENTITIES } from '../memory.fixture';
import { ExactVectorIndex } from './exact-vector-index';
import { PgvectorIndex, pgvectorHome } from './pgvector-index';
import type { NearItem, VectorEntry, VectorGeneration, VectorIndex, VectorPlace } from './vector-index';
import { VectorWorkRepository } from './vector-work.repository';

/** For tests: what a search runs in. Memori's own database, or as much of it as PGlite can be. */
export interface Ground {
  readonly index: VectorIndex;
  readonly work: VectorWorkRepository;
  /** Undefined: there is one connection, and nothing of Memori but its tables. */
  readonly test?: TestDatabase;
  /** As the service, whom row level security binds. */
  inTransaction<T>(scope: DbScope, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** As somebody who may see everything. */
  sql<R>(text: string, params?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

type Grounds = readonly (readonly [name: string, start: () => Promise<Ground>])[];

/** For tests: those that many can use at once, and that hold all of Memori. */
export const SERVER_GROUNDS: Grounds = [
  ['exact search', async () => onServer(await testDatabase({ entities: ENTITIES }), () => new ExactVectorIndex())],
  // Where MEMORI_TEST_PGVECTOR_URL names one: no package has a server with pgvector.
  ...(hasPgvectorServer() ? [['pgvector on a server', pgvectorGround] as const] : []),
];

/** For tests: each adapter, on every ground that there is. A third adapter is a line of its own here. */
export const GROUNDS: Grounds = [
  ...SERVER_GROUNDS,
  [
    'exact search that looks at the finds of a huge place alone',
    async () => onServer(await testDatabase({ entities: ENTITIES }), () => new ExactVectorIndex(0)),
  ],
  ['pgvector', pgliteGround],
];

async function pgvectorGround(): Promise<Ground> {
  const test = await pgvectorServerDatabase({ entities: ENTITIES });
  const home = await pgvectorHome(test.database);
  if (!home) throw new Error('The server has no pgvector with HNSW.');
  return onServer(test, () => new PgvectorIndex(test.database, home));
}

function onServer(test: TestDatabase, makeIndex: () => VectorIndex): Ground {
  return {
    test,
    index: makeIndex(),
    work: new VectorWorkRepository(test.database),
    inTransaction: (scope, work) => test.database.transaction(scope, work),
    sql: (text, params) =>
      withClient(test.superuser, async (client) => (await client.query(text, params)).rows as never[]),
    close: () => test.close(),
  };
}

async function pgliteGround(): Promise<Ground> {
  const lite = await PgliteDatabase.start();
  const database = lite as unknown as Database;
  const home = await pgvectorHome(database);
  if (!home) throw new Error('PGlite has no pgvector.');
  return {
    index: new PgvectorIndex(database, home),
    work: new VectorWorkRepository(database),
    inTransaction: (scope, work) => lite.transaction(scope, work),
    sql: (text, params) => lite.call(text, params),
    close: () => lite.close(),
  };
}

/** For tests: places with turns and memories on a ground, and what a user asks there. */
export class GroundWorld {
  private seq = 0;

  constructor(readonly ground: Ground) {}

  static async on(ground: Ground): Promise<GroundWorld> {
    await ground.sql(`INSERT INTO memori.tenants (id, name) VALUES ('t', 't'), ('u', 'u')`);
    return new GroundWorld(ground);
  }

  /** A namespace of a new user. */
  async place(tenantId = 't', userId = newId(), namespace = 'default'): Promise<VectorPlace> {
    const { ground } = this;
    await ground.sql(`INSERT INTO memori.namespaces (tenant_id, user_id, namespace, version) VALUES ($1, $2, $3, 1)`, [
      tenantId,
      userId,
      namespace,
    ]);
    return { tenantId, userId, namespace };
  }

  async session({ tenantId, userId, namespace }: VectorPlace): Promise<string> {
    const session = newId();
    await this.ground.sql(
      `INSERT INTO memori.sessions (id, tenant_id, user_id, namespace, ttl_seconds, expires_at, version)
       VALUES ($1, $2, $3, $4, 60, clock_timestamp() + interval '1 hour', 1)`,
      [session, tenantId, userId, namespace],
    );
    return session;
  }

  async turn(session: string): Promise<string> {
    const id = newId();
    await this.ground.sql(
      `INSERT INTO memori.turns (id, tenant_id, user_id, session_id, namespace, isolated, seq, role, content, occurred_at,
         terms, passage_ends, scope_version)
       SELECT $1, s.tenant_id, s.user_id, s.id, s.namespace, false, $3, 'user', 'text', clock_timestamp(), '{}', '{}', 1
       FROM memori.sessions s WHERE s.id = $2`,
      [id, session, ++this.seq],
    );
    return id;
  }

  put(where: VectorPlace, entries: readonly VectorEntry[], generation: VectorGeneration): Promise<void> {
    const { ground } = this;
    return ground.inTransaction({ tenantId: where.tenantId }, (tx) => ground.index.put(tx, where, generation, entries));
  }

  /** Reads as the user does, whom row level security binds. */
  near(
    where: VectorPlace,
    vector: Float32Array,
    found: readonly string[],
    { generation, limit = 10 }: { readonly generation: VectorGeneration; readonly limit?: number },
  ): Promise<NearItem[]> {
    const { index, inTransaction } = this.ground;
    return inTransaction({ tenantId: where.tenantId, userId: where.userId || 'somebody' }, (tx) =>
      index.nearest(tx, { place: where, generation, vector, limit, size: found.length, found: () => found }),
    );
  }
}

/** For tests: points from one axis to the next: the nearer the angles, the likelier. */
export function angle(degrees: number, size: number): Float32Array {
  const turned = (degrees * Math.PI) / 180;
  return Float32Array.from({ length: size }, (_, axis) =>
    axis === 0 ? Math.cos(turned) : axis === 1 ? Math.sin(turned) : 0,
  );
}
