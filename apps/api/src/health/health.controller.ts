import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { DatabaseHealth } from '@memori/database';
import { QueueHealth } from '@memori/queue';
import { Endpoint, type EndpointFacts } from '../openapi/endpoint.decorator';
import { ref } from '../openapi/schema';
import { Lifecycle } from './lifecycle';

const endpoint = (id: string, summary: string, description: string): MethodDecorator => {
  const facts: EndpointFacts = { id, summary, description, role: 'open', answer: ref('Health') };
  const notWell = ApiResponse({
    status: 503,
    description: 'Not well.',
    content: { 'application/json': { schema: ref('Health') } },
  });
  return (target, key, descriptor) => {
    Endpoint(facts)(target, key, descriptor);
    notWell(target, key, descriptor);
  };
};

/** Probes for Kubernetes. A failing one answers 503 with the same report, which is no error of the request. */
@ApiTags('Service')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly queue: QueueHealth,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get()
  @endpoint('getHealth', 'Whether Memori is ready', 'The same as `/health/ready`.')
  overall(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.ready(reply);
  }

  @Get('ready')
  @endpoint(
    'getReadiness',
    'Whether requests may come',
    'Ready: migrated, Memori’s own database answers, a Redis that is named has been there once since the start, and no shutdown has begun. Claude and data sources do not count.',
  )
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.report(reply, [
      () => this.startup(),
      () => this.notStopping(),
      () => this.database.isHealthy(),
      ...this.queue.checks(),
    ]);
  }

  @Get('startup')
  @endpoint('getStartup', 'Whether the start is done', 'Done: migrated and listening.')
  started(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.report(reply, [() => this.startup()]);
  }

  @Get('live')
  @endpoint('getLiveness', 'Whether the process lives', 'It answers, so it lives; nothing that it depends on is asked.')
  live(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.report(reply, []);
  }

  private startup() {
    const indicator = this.indicators.check('startup');
    return this.lifecycle.isStarted ? indicator.up() : indicator.down();
  }

  private notStopping() {
    const indicator = this.indicators.check('shutdown');
    return this.lifecycle.isStopping ? indicator.down({ message: 'Memori is shutting down.' }) : indicator.up();
  }

  private async report(reply: FastifyReply, checks: HealthIndicatorFunction[]): Promise<unknown> {
    void reply.header('cache-control', 'no-store');
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.status(503);
      return error.getResponse();
    }
  }
}
