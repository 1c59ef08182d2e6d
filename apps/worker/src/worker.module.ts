import { Module } from '@nestjs/common';
import { Text2SqlModule } from '@memori/text2sql';
import { QuestionsProcessor } from './questions.processor';

/** Answers the questions that wait. Needs config, database, security, queue and monitoring at the root. */
@Module({ imports: [Text2SqlModule], providers: [QuestionsProcessor] })
export class WorkerModule {}
