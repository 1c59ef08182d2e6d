import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Env } from '@memori/config';
import { NotificationHub } from '@memori/database';
import { SlotLine } from '@memori/llm';
import { Log } from '@memori/monitoring';
import { QuestionNudger } from '@memori/queue';
import { type UserScope, userScopeOf } from '@memori/scope';
import { ClaimKeeper, type StopReason } from './claim-keeper';
import { type ClaimOptions, QuestionLine } from './question-line';
import type { Claim } from './question-record';
import type { RunHints } from './question-run';
import { QuestionRunner, type RunEnd } from './question-runner';
import { QuestionSignals } from './question-signals';

/** A question ended, and another one of its session waits. */
const SESSION_CHANNEL = 'memori_session_line';
/** Questions that one process runs at once for those who asked it directly; what comes beyond joins the line. */
export const MOST_DIRECT_RUNS = 100;
/** An embedded Memori is somebody's terminal: Ctrl-C is not kept waiting. */
const EMBEDDED_GRACE_MS = 2000;

interface Claimed {
  readonly claim: Claim;
  /** Local monotonic time when it was asked for. */
  readonly claimedAt: number;
}

interface Running {
  readonly controller: AbortController;
  readonly end: Promise<RunEnd>;
}

/** Runs questions in this process: those just asked, and, where the worker is mounted, those from the line. */
@Injectable()
export class QuestionDispatcher implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly running = new Map<string, Running>();
  private readonly stopListening: (() => void)[] = [];
  private fromLine = 0;
  private isStopping = false;
  private slotWake?: Promise<void>;
  private freedSlots = 0;
  /** As this process last saw it: whether an ended run makes room for somebody in the line. */
  private somebodyWaits = false;

  constructor(
    private readonly line: QuestionLine,
    private readonly runner: QuestionRunner,
    private readonly keeper: ClaimKeeper,
    private readonly signals: QuestionSignals,
    private readonly nudger: QuestionNudger,
    private readonly slots: SlotLine,
    private readonly hub: NotificationHub,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  onModuleInit(): void {
    this.stopListening.push(
      this.signals.onAny((id, signal) => signal === 'cancelled' && this.keeper.stop(id, 'cancelled')),
    );
    this.slots.letBackgroundYield(() => this.line.interactiveWaits());
    if (!this.servesLine) return;
    this.stopListening.push(this.slots.onFreed(() => void this.slotFreed()));
    // The next of a session runs when the one before it has ended, wherever that was.
    this.stopListening.push(this.hub.on(SESSION_CHANNEL, () => void this.drain()));
  }

  /** Whether a question that is asked now may run here at once. */
  get mayRun(): boolean {
    return !this.isStopping && this.running.size < MOST_DIRECT_RUNS;
  }

  get isShuttingDown(): boolean {
    return this.isStopping;
  }

  /** Runs a question whose claim this process holds. */
  start(claim: Claim, claimedAt: number, hints: RunHints = {}): Promise<RunEnd> {
    const controller = new AbortController();
    this.keeper.keep(claim, controller, claimedAt);
    const end = this.runToEnd(claim, controller, hints);
    this.running.set(claim.id, { controller, end });
    return end;
  }

  /** Claims and runs waiting questions, one after the other, until none is ready or enough run here. */
  async drain(): Promise<void> {
    await this.runOn({});
  }

  /** The same for as many questions as are ready. */
  async drainAll(ready: number): Promise<void> {
    this.somebodyWaits = true;
    const atOnce = Math.min(ready, this.env.MEMORI_WORKER_CONCURRENCY);
    await Promise.all(Array.from({ length: atOnce }, () => this.drain()));
  }

  /** Stops claiming, gives what runs some time, then gives it back to the line. */
  async onModuleDestroy(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    for (const stop of this.stopListening) stop();
    const graceMs = this.env.MEMORI_SHUTDOWN_GRACE_SECONDS * 1000;
    await this.settledWithin(this.env.MEMORI_DATABASE_URL ? graceMs : Math.min(graceMs, EMBEDDED_GRACE_MS));
    for (const { controller } of this.running.values()) controller.abort('shutting-down' satisfies StopReason);
    await Promise.allSettled([...this.running.values()].map(({ end }) => end));
  }

  /** Runs that ended late still write through the database, which closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.running.values()].map(({ end }) => end));
  }

  private get servesLine(): boolean {
    return this.env.MEMORI_ROLE !== 'api';
  }

  /** Who waits for a slot goes before his time: one for each slot that was freed. */
  private async slotFreed(): Promise<void> {
    this.freedSlots = Math.min(this.freedSlots + 1, this.env.MEMORI_WORKER_CONCURRENCY);
    this.slotWake ??= this.answerSlots().finally(() => (this.slotWake = undefined));
    await this.slotWake;
  }

  private async answerSlots(): Promise<void> {
    while (this.freedSlots > 0) {
      this.freedSlots--;
      const claim = await this.claimNext({ slotFreed: true });
      this.somebodyWaits = claim !== undefined;
      if (!claim) this.freedSlots = 0;
      // Not awaited: the next slot may free while this question runs.
      else void this.runOn({ slotFreed: true }, claim);
    }
  }

  /** One question after the other, until none is ready, or one had to wait for what others want as well. */
  private async runOn(options: ClaimOptions, first?: Claimed): Promise<void> {
    const skip: UserScope[] = [];
    let { slotFreed } = options;
    const { runEnded } = options;
    for (
      let next = first ?? (await this.claimNext(options));
      next;
      next = await this.claimNext({ slotFreed, runEnded, skip })
    ) {
      const end = await this.runClaimed(next);
      if (end.kind === 'ended') slotFreed = false;
      else if (end.kind === 'waiting' && !end.stopsOthers) skip.push(userScopeOf(next.claim.principal));
      else return;
    }
  }

  private async claimNext(options: ClaimOptions): Promise<Claimed | undefined> {
    if (this.isStopping || this.fromLine >= this.env.MEMORI_WORKER_CONCURRENCY) return undefined;
    this.fromLine++;
    const claimedAt = performance.now();
    const claim = await this.line.claim(options).catch((error: unknown) => {
      this.log.warn('The line of questions could not be read', { error });
      return undefined;
    });
    if (!claim) this.fromLine--;
    return claim && { claim, claimedAt };
  }

  private async runClaimed({ claim, claimedAt }: Claimed): Promise<RunEnd> {
    this.signals.tell(claim.id);
    try {
      return await this.start(claim, claimedAt);
    } finally {
      this.fromLine--;
    }
  }

  private async runToEnd(claim: Claim, controller: AbortController, hints: RunHints): Promise<RunEnd> {
    try {
      const end = await this.runner.run(claim, controller.signal, hints);
      if (end.kind === 'lost' && controller.signal.reason === 'shutting-down') await this.giveBack(claim);
      if (end.kind === 'waiting') this.lookAgain(end.delayMs);
      else if (this.somebodyWaits && this.servesLine) setImmediate(() => void this.runOn({ runEnded: true }));
      return end;
    } catch (error) {
      // The row keeps the truth: its claim expires, and the sweeper puts it back into the line.
      this.log.error('A run of a question broke off', { error, questionId: claim.id });
      return { kind: 'lost' };
    } finally {
      this.keeper.letGo(claim);
      this.running.delete(claim.id);
      this.signals.tell(claim.id);
    }
  }

  /** A job looks when the time has come; what is ready now this process looks at itself, if it may. */
  private lookAgain(delayMs: number): void {
    this.somebodyWaits = true;
    if (delayMs === 0 && this.servesLine) setImmediate(() => void this.drain());
    else void this.nudger.nudge({ delayMs });
  }

  private async giveBack(claim: Claim): Promise<void> {
    await this.line.requeue(claim, { delayMs: 0, reason: 'shutting-down', counts: false });
    await this.nudger.nudge();
  }

  private async settledWithin(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([Promise.allSettled([...this.running.values()].map(({ end }) => end)), grace]);
    clearTimeout(timer);
  }
}
