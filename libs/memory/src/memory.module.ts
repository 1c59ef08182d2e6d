import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionModule } from '@memori/session';
import { ForgettingRepository } from './forgetting.repository';
import { Forgetting } from './forgetting.service';
import { LiveIndexes } from './live-indexes';
import { Memories } from './memories.service';
import { MemoryExport } from './memory-export';
import { MemoryEraser } from './memory-eraser';
import { MemoryEntity, MemoryVersionEntity } from './memory.entity';
import { MemoryKeeper } from './memory-keeper';
import { MemoryRepository } from './memory.repository';
import { RecallRepository } from './recall.repository';
import { Recall } from './recall.service';

/** Memories and recall. Database, security and configuration are global. */
@Module({
  imports: [SessionModule, TypeOrmModule.forFeature([MemoryEntity, MemoryVersionEntity])],
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
  ],
  exports: [Memories],
})
export class MemoryModule {}
