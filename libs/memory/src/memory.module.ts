import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BackgroundModule } from '@memori/llm';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Embeddings } from '@memori/embedding';
import { SessionModule } from '@memori/session';
import { DocumentRepository } from './documents/documents.repository';
import { Documents } from './documents/documents.service';
import { Episodes } from './episodes/episodes';
import { FactDrawing } from './facts/fact-drawing';
import { FactRepository } from './facts/fact.repository';
import { FactRunner } from './facts/fact-runner';
import { FactSettings } from './facts/fact-settings';
import { MemorySettings } from './facts/memory-settings';
import { MemoryUpkeep } from './facts/memory-upkeep';
import { StandingMemories } from './facts/standing-memories';
import { ForgettingRepository } from './forgetting.repository';
import { Forgetting } from './forgetting.service';
import { LiveIndexes } from './live-indexes';
import { Memories } from './memories.service';
import { ImportRepository } from './moving/import.repository';
import { MemoryImport } from './moving/memory-import';
import { MemoryExport } from './moving/memory-export';
import { MemoryEraser } from './memory-eraser';
import { MemoryEntity, MemoryVersionEntity } from './memory.entity';
import { MemoryKeeper } from './memory-keeper';
import { MemoryRepository } from './memory.repository';
import { SessionSummaries } from './summaries/session-summaries';
import { RecallRepository } from './recall.repository';
import { PastMemories } from './past-memories';
import { Recall } from './recall.service';
import { RecallSettings } from './recall-settings';
import { RecallStandpoint } from './recall-standpoint';
import { ExactVectorIndex } from './vectors/exact-vector-index';
import { MemoryVectorizer } from './vectors/memory-vectorizer';
import { MemoryVectorSweeper } from './vectors/memory-vector-sweeper';
import { PgvectorIndex, pgvectorHome } from './vectors/pgvector-index';
import { RecallVectors } from './vectors/recall-vectors';
import { VectorIndex } from './vectors/vector-index';
import { VectorWorkRepository } from './vectors/vector-work.repository';

const VECTORS = [
  {
    provide: VectorIndex,
    inject: [Database, Embeddings],
    useFactory: async (database: Database, { isOn }: Embeddings) => {
      const home = isOn ? await pgvectorHome(database) : undefined;
      return home ? new PgvectorIndex(database, home) : new ExactVectorIndex();
    },
  },
  VectorWorkRepository,
  RecallVectors,
  MemoryVectorizer,
  MemoryVectorSweeper,
];

const FACTS = [
  FactDrawing,
  FactRunner,
  FactRepository,
  FactSettings,
  StandingMemories,
  MemorySettings,
  SessionSummaries,
  MemoryUpkeep,
  Episodes,
];

/** Memories, recall, and the facts drawn from what is said. Database, security and configuration are global. */
@Module({
  imports: [
    PrivacyModule,
    SessionModule,
    BackgroundModule,
    TypeOrmModule.forFeature([MemoryEntity, MemoryVersionEntity]),
  ],
  providers: [
    Memories,
    MemoryKeeper,
    MemoryRepository,
    Recall,
    RecallRepository,
    RecallStandpoint,
    {
      provide: RecallSettings,
      inject: [Env],
      useFactory: (env: Env) => RecallSettings.read(env.MEMORI_RECALL_WEIGHTS),
    },
    PastMemories,
    LiveIndexes,
    Forgetting,
    MemoryEraser,
    ForgettingRepository,
    MemoryExport,
    MemoryImport,
    ImportRepository,
    Documents,
    DocumentRepository,
    ...FACTS,
    ...VECTORS,
  ],
  exports: [Memories, Documents, MemorySettings, SessionSummaries],
})
export class MemoryModule {}
