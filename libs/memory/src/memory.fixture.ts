import { randomBytes } from 'node:crypto';
import { type Env, parseEnv } from '@memori/config';
import type { Database } from '@memori/database';
import { Erasers } from '@memori/privacy';
import { Embeddings } from '@memori/embedding';
import { Log } from '@memori/monitoring';
import { type Clock, newId, type Principal, SystemClock } from '@memori/scope';
import { Audit, KeyMaterial, ReceiptSeal, Users } from '@memori/security';
import { LiveSessions, type NewTurn, SessionImport, SessionRepository, Sessions } from '@memori/session';
import { FactRepository } from './facts/fact.repository';
import { StandingMemories } from './facts/standing-memories';
import { Forgetting } from './forgetting.service';
import { ForgettingRepository } from './forgetting.repository';
import { MemoryEraser } from './memory-eraser';
import { LiveIndexes } from './live-indexes';
import { Memories } from './memories.service';
import { MemoryEntity, MemoryVersionEntity } from './memory.entity';
import { ImportRepository } from './moving/import.repository';
import { MemoryImport } from './moving/memory-import';
import { MemoryExport } from './moving/memory-export';
import { MemoryKeeper } from './memory-keeper';
import { MemoryRepository } from './memory.repository';
import type { MemoryInput } from './memory.types';
import { RecallRepository } from './recall.repository';
import { PastMemories } from './past-memories';
import { Recall } from './recall.service';
import { RecallSettings } from './recall-settings';
import { RecallStandpoint } from './recall-standpoint';
import { ExactVectorIndex } from './vectors/exact-vector-index';
import { MemoryVectorizer } from './vectors/memory-vectorizer';
import { RecallVectors } from './vectors/recall-vectors';
import type { VectorIndex } from './vectors/vector-index';
import { VectorWorkRepository } from './vectors/vector-work.repository';

/** For tests: what `testDatabase` is to know. */
export const ENTITIES = [MemoryEntity, MemoryVersionEntity];

interface ProcessOptions {
  /** Left out: by letters alone. */
  readonly embeddings?: Embeddings;
  readonly index?: VectorIndex;
  readonly clock?: Clock;
  readonly env?: Env;
}

/** For tests: sessions and memories as one process holds them, with caches of its own. */
export class MemoryProcess {
  readonly sessions: Sessions;
  readonly memories: Memories;

  readonly vectorizer: MemoryVectorizer;

  constructor(database: Database, options: ProcessOptions = {}) {
    const {
      embeddings = new Embeddings(),
      index = new ExactVectorIndex(),
      clock = new SystemClock(),
      env = parseEnv({}),
    } = options;
    const audit = new Audit(database);
    const recall = new RecallRepository();
    const forgetting = new ForgettingRepository();
    const erasers = new Erasers(database);
    new MemoryEraser(erasers, forgetting);
    const work = new VectorWorkRepository(database);
    this.vectorizer = new MemoryVectorizer(database, embeddings, index, work, new Log({ level: 'silent' }));
    const vectors = new RecallVectors(embeddings, index, work);
    const seal = new ReceiptSeal(new KeyMaterial('memori_admin_of_tests', randomBytes(32)));
    this.sessions = new Sessions(database, new SessionRepository(database), new LiveSessions(env), audit, env);
    const past = new PastMemories(database);
    const standpoint = new RecallStandpoint(database, this.sessions, clock, env);
    this.memories = new Memories(
      new MemoryKeeper(database, new MemoryRepository(database), this.sessions, audit),
      new Recall(
        database,
        new LiveIndexes(recall),
        recall,
        standpoint,
        past,
        vectors,
        RecallSettings.read(env.MEMORI_RECALL_WEIGHTS),
        clock,
      ),
      new Forgetting(database, forgetting, erasers, this.sessions, new Users(database), audit, seal, clock),
      new MemoryExport(database),
      new MemoryImport(
        database,
        new ImportRepository(),
        new MemoryRepository(database),
        new SessionImport(),
        audit,
        env,
      ),
      this.sessions,
      new FactRepository(database),
      new StandingMemories(database, past, clock),
      database,
    );
  }

  /** A session in which the user said these. */
  async talk(principal: Principal, turns: readonly string[], input: { namespace?: string; isolated?: boolean } = {}) {
    const session = await this.sessions.open(principal, input);
    if (turns.length > 0)
      await this.sessions.addTurns(
        principal,
        session.id,
        turns.map((content) => said(content)),
      );
    return session;
  }
}

/** For tests: a user of his own. */
export function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return { tenantId: 'default', userId: newId(), roles: ['member'], apiKeyId: null, actedBy: null, ...overrides };
}

export function told(content: string, more: Partial<MemoryInput> = {}): MemoryInput {
  return { content, category: 'fact', ...more };
}

export function said(content: string, more: Partial<NewTurn> = {}): NewTurn {
  return { role: 'user', content, ...more };
}
