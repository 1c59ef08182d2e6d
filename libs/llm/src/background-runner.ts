import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { NotificationHub } from '@memori/database';
import { Log } from '@memori/monitoring';
import { BackgroundCalls } from './background-calls';
import { BackgroundDelivery } from './background-delivery';
import { BackgroundLlm } from './background-llm';
import { BACKGROUND_CHANNEL, BackgroundRepository } from './background-repository';
import { BackgroundSettings } from './background-settings';
import { BatchCollector } from './batch-collector';
import { BatchSender } from './batch-sender';
import { Lane } from './lane';

/** Moves background work along wherever the worker is mounted: sends, collects, delivers, and mends what crashes left. */
@Injectable()
export class BackgroundRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stop = new AbortController();
  private readonly lanes: Lane[];
  private readonly stopListening: (() => void)[] = [];
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly door: BackgroundLlm,
    private readonly repository: BackgroundRepository,
    private readonly calls: BackgroundCalls,
    private readonly sender: BatchSender,
    private readonly collector: BatchCollector,
    private readonly delivery: BackgroundDelivery,
    private readonly settings: BackgroundSettings,
    private readonly hub: NotificationHub,
    private readonly log: Log,
    private readonly env: Env,
  ) {
    const sending = env.MEMORI_BACKGROUND_BATCH ? [() => this.sendBatches()] : this.directCalls();
    // What was sent is collected and delivered even when nothing new is sent any more.
    const works = [...sending, () => this.collect(), () => this.delivery.deliverAll(), () => this.sweep()];
    this.lanes = works.map((work) => new Lane(work, (error) => this.complain(error)));
  }

  onApplicationBootstrap(): void {
    if (this.env.MEMORI_ROLE === 'api') return;
    this.stopListening.push(this.hub.on(BACKGROUND_CHANNEL, () => this.kick()));
    this.stopListening.push(this.hub.reconnected(() => this.kick()));
    this.timer = setInterval(() => this.kick(), this.settings.tickMs).unref();
    this.kick();
  }

  /** Calls in flight are charged for what they used and given back: nobody waits for them. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    for (const stop of this.stopListening) stop();
    this.stop.abort();
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  /** One round of everything, to its end. */
  async round(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run()));
  }

  private kick(): void {
    for (const lane of this.lanes) void lane.run();
  }

  private directCalls(): (() => Promise<void>)[] {
    return Array.from({ length: this.settings.directCalls }, () => async () => {
      while (this.maySend && (await this.calls.runNext(this.stop.signal))) this.deliverSoon();
    });
  }

  private async sendBatches(): Promise<void> {
    while (this.maySend && (await this.sender.sendNext())) continue;
  }

  private async collect(): Promise<void> {
    while (!this.stop.signal.aborted && (await this.collector.lookNext())) this.deliverSoon();
  }

  private async sweep(): Promise<void> {
    const problem = { code: 'internal', message: 'The process that worked on it ended before it had.' } as const;
    const back = await this.repository.sweep(this.env.MEMORI_MAX_ATTEMPTS, problem, this.settings.keepDays);
    if (back.length > 0) this.log.warn('Background work was left behind by a process', { requests: back.length });
  }

  private deliverSoon(): void {
    void this.lanes.at(-2)?.run();
  }

  private get maySend(): boolean {
    return this.door.isOn && !this.stop.signal.aborted;
  }

  private complain(error: unknown): void {
    this.log.warn('Background work could not be looked at; the next round tries again', { error });
  }
}
