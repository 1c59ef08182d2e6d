import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { Env } from '@memori/config';
import { Database, NotificationHub } from '@memori/database';
import { redisOptions } from '@memori/redis';
import { FenceBlocks } from './fence-blocks';
import { Pacer } from './pacer';
import { PostgresSlotStore } from './postgres-slot-store';
import { RedisSlotStore } from './redis-slot-store';
import { SlotLine } from './slot-line';
import { SlotStore } from './slot-store';
import { Slots } from './slots';
import { ConcurrencyEraser } from './concurrency-eraser';

/** On Redis when one is named, else on Memori's own PostgreSQL. Needs DatabaseModule, ConfigModule and MonitoringModule. */
@Module({
  imports: [PrivacyModule],
  providers: [
    Slots,
    Pacer,
    SlotLine,
    ConcurrencyEraser,
    {
      provide: SlotStore,
      inject: [Env, Database, NotificationHub],
      useFactory: (env: Env, database: Database, hub: NotificationHub): SlotStore =>
        env.MEMORI_REDIS_URL
          ? new RedisSlotStore(redisOptions(env.MEMORI_REDIS_URL), new FenceBlocks(database))
          : new PostgresSlotStore(database, hub, env.MEMORI_DATABASE_URL === ''),
    },
  ],
  exports: [Slots, Pacer, SlotLine],
})
export class ConcurrencyModule {}
