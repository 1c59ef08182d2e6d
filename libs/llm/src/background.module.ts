import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { BackgroundCalls } from './background-calls';
import { BackgroundConsumers } from './background-consumers';
import { BackgroundDelivery } from './background-delivery';
import { BackgroundFailures } from './background-failures';
import { BackgroundLlm } from './background-llm';
import { BackgroundRepository } from './background-repository';
import { BackgroundRunner } from './background-runner';
import { BackgroundSettings } from './background-settings';
import { BackgroundWork } from './background-work';
import { BatchCollector } from './batch-collector';
import { BatchEndings } from './batch-endings';
import { BatchProvider } from './batch-provider';
import { BatchRepository } from './batch-repository';
import { BatchSender } from './batch-sender';
import { CallLedger } from './call-ledger';
import { LlmModule } from './llm.module';
import { Randomness } from './randomness';
import { BackgroundEraser } from './background-eraser';

/** The door for work that nobody waits for. Needs config, database, security, queue and monitoring at the root. */
@Module({
  imports: [LlmModule, PrivacyModule],
  providers: [
    BackgroundLlm,
    BackgroundEraser,
    BackgroundConsumers,
    BackgroundRunner,
    BackgroundSettings,
    BackgroundRepository,
    BackgroundCalls,
    BackgroundFailures,
    BackgroundDelivery,
    BackgroundWork,
    BatchProvider,
    BatchRepository,
    BatchSender,
    BatchCollector,
    BatchEndings,
    CallLedger,
    Randomness,
  ],
  exports: [BackgroundLlm, BackgroundConsumers, BackgroundRunner],
})
export class BackgroundModule {}
