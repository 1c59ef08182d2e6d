import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { QueueServer } from './queue-server';

/**
 * Ready means: the Redis that is named has been there once since the start. PostgreSQL is looked at elsewhere; a Redis
 * that goes away later makes questions wait, and nobody unwell.
 */
@Injectable()
export class QueueHealth {
  constructor(
    private readonly server: QueueServer,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** None where no Redis is named. */
  checks(): (() => HealthIndicatorResult)[] {
    const { arrival } = this.server;
    if (!arrival) return [];
    return [
      () => {
        const indicator = this.indicators.check('redis');
        const { problem } = arrival;
        return problem === undefined ? indicator.up() : indicator.down({ message: problem });
      },
    ];
  }
}
