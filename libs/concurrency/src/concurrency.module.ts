import { Module } from '@nestjs/common';
import { Slots } from './slots';

/** Needs DatabaseModule, ConfigModule and MonitoringModule at the root. */
@Module({ providers: [Slots], exports: [Slots] })
export class ConcurrencyModule {}
