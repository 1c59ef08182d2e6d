import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Env } from './env';

/** Hands the checked configuration to whoever injects Env. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(env: Env): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: Env, useValue: env }], exports: [Env] };
  }
}
