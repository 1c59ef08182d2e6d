import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Env } from '@memori/config';
import { Log } from '@memori/monitoring';
import { apiAdapter } from '../../api/src/http/api-adapter';
import { apiDocument } from '../../api/src/openapi/document';
import { MemoriModule } from './memori.module';

/** The document of the API as the committed file holds it. Nothing is started: neither database nor server. */
export async function openApiText(): Promise<string> {
  const env = new Env();
  const app = await NestFactory.create<NestFastifyApplication>(
    MemoriModule.forRoot(env, new Log({ level: 'silent' })),
    apiAdapter(env),
    { preview: true, logger: false, abortOnError: false },
  );
  return `${JSON.stringify(apiDocument(app), null, 2)}\n`;
}
