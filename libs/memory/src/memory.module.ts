import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BackgroundModule } from '@memori/llm';
import { SessionModule } from '@memori/session';
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
import { MemoryExport } from './memory-export';
import { MemoryEraser } from './memory-eraser';
import { MemoryEntity, MemoryVersionEntity } from './memory.entity';
import { MemoryKeeper } from './memory-keeper';
import { MemoryRepository } from './memory.repository';
import { SessionSummaries } from './summaries/session-summaries';
import { RecallRepository } from './recall.repository';
import { Recall } from './recall.service';

const FACTS = [
  FactDrawing,
  FactRunner,
  FactRepository,
  FactSettings,
  StandingMemories,
  MemorySettings,
  SessionSummaries,
  MemoryUpkeep,
];

/** Memories, recall, and the facts drawn from what is said. Database, security and configuration are global. */
@Module({
  imports: [SessionModule, BackgroundModule, TypeOrmModule.forFeature([MemoryEntity, MemoryVersionEntity])],
  providers: [
    Memories,
    MemoryKeeper,
    MemoryRepository,
    Recall,
    RecallRepository,
    LiveIndexes,
    Forgetting,
    MemoryEraser,
    ForgettingRepository,
    MemoryExport,
    ...FACTS,
  ],
  exports: [Memories, MemorySettings, SessionSummaries],
})
export class MemoryModule {}
