import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Metrics } from '@memori/monitoring';
import { Endpoint } from '../openapi/endpoint.decorator';
import { text } from '../openapi/schema';

@ApiTags('Service')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Endpoint({
    id: 'getMetrics',
    summary: 'Metrics for Prometheus',
    description:
      'Counters, gauges and histograms in the text form of Prometheus. No label holds an id, a name or a text.',
    role: 'open',
    answer: text('The metrics.'),
    mediaTypes: ['text/plain'],
  })
  async get(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.header('content-type', this.metrics.registry.contentType).header('cache-control', 'no-store');
    return this.metrics.text();
  }
}
