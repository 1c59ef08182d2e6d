import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '@memori/scope';
import { think } from './brain';
import type { BatchFault } from './batch-desk';
import type { Batches } from './batches';
import { Desk, type DeskOptions } from './desk';
import { type Scripted, replyOf } from './reply';
import type { ClaudeRequest } from './request';
import type { Sleep } from './respond';
import { type Match, Script } from './script';

export interface FakeClaudeOptions extends Omit<DeskOptions, 'clock' | 'sleep'> {
  /** 0: a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** Question → SQL. */
  readonly golds?: Readonly<Record<string, string>>;
}

/** A reply that waits for `open()`. */
export interface Gate {
  readonly until: Promise<void>;
  open(): void;
}

/**
 * A server that speaks the Messages API over real HTTP, as strict as the real one, with scripted replies.
 * Scripts without a purpose are for questions (`memori-answer-1`); background calls get sensible answers by themselves.
 */
export class FakeClaude {
  private readonly orders = new Script();
  private readonly desk: Desk;
  private readonly server: Server;

  private constructor(options: FakeClaudeOptions) {
    const { clock = new SystemClock(), sleep = realSleep } = options;
    this.desk = new Desk({ ...options, clock, sleep }, (request) => this.orders.take(request) ?? think(request));
    this.server = createServer((request, response) => void this.desk.serve(request, response));
    this.server.keepAliveTimeout = 65_000; // longer than any client keeps an idle connection: no reset under its feet
    for (const [question, sql] of Object.entries(options.golds ?? {})) this.orders.gold(question, sql);
  }

  static async start(options: FakeClaudeOptions = {}): Promise<FakeClaude> {
    const fake = new FakeClaude(options);
    await new Promise<void>((resolve, reject) => {
      fake.server.once('error', reject);
      fake.server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
    return fake;
  }

  /** For MEMORI_ANTHROPIC_BASE_URL. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** The accepted requests, oldest first. */
  get requests(): readonly ClaudeRequest[] {
    return this.desk.requests;
  }

  /** What was answered with 4xx because the request itself was wrong. A good client leaves this empty. */
  get rejected(): readonly { path: string; status: number; message: string }[] {
    return this.desk.rejected;
  }

  /** Calls of `count_tokens`, which are free and stand in a list of their own. */
  get countRequests(): readonly ClaudeRequest[] {
    return this.desk.countRequests;
  }

  /** The message batches of the account. */
  get batches(): Batches {
    return this.desk.batchDesk.batches;
  }

  /** What happens to the next creations of batches, in order. */
  nextBatch(...faults: BatchFault[]): this {
    this.desk.batchDesk.faults.push(...faults);
    return this;
  }

  get lastRequest(): ClaudeRequest {
    const last = this.requests.at(-1);
    if (!last) throw new Error('The fake Claude was asked nothing yet.');
    return last;
  }

  /** Requests being answered now, and the most at once since the start or the last reset. */
  get inFlight(): number {
    return this.desk.inFlight;
  }

  get mostInFlight(): number {
    return this.desk.mostInFlight;
  }

  /** Fulfilled as soon as `count` requests came in. */
  received(count: number): Promise<void> {
    return this.desk.until(() => this.requests.length >= count);
  }

  /** Fulfilled as soon as nobody waits for an answer. */
  idle(): Promise<void> {
    return this.desk.until(() => this.desk.inFlight === 0);
  }

  /** One-shot replies to the next questions, in order. */
  next(...scripted: Scripted[]): this {
    for (const entry of scripted) this.orders.next(entry);
    return this;
  }

  /** One-shot replies to the next requests of a purpose, e.g. `memori-facts-1`. */
  nextFor(purpose: string, ...scripted: Scripted[]): this {
    for (const entry of scripted) this.orders.next(entry, purpose);
    return this;
  }

  /** The replies to come, in order; what was ordered before is dropped. */
  script(...scripted: Scripted[]): this {
    this.orders.clear();
    return this.next(...scripted);
  }

  /** What every question gets that nothing else was ordered for. */
  answers(scripted: Scripted): this {
    this.orders.always(scripted);
    return this;
  }

  /** A question and its SQL. */
  gold(question: string, sql: string): this {
    this.orders.gold(question, sql);
    return this;
  }

  /** A rule: `when('How many?').answers('SELECT 1')`, `when({ purpose }).once(reply)`, `when((request) => …)`. */
  when(match: Match): { answers(scripted: Scripted): FakeClaude; once(scripted: Scripted): FakeClaude } {
    const order = (scripted: Scripted, times: number) => {
      this.orders.rule(match, scripted, times);
      return this;
    };
    return { answers: (scripted) => order(scripted, Infinity), once: (scripted) => order(scripted, 1) };
  }

  /** A gate for `replies.held(gate.until, …)`: the test decides when the answer comes. */
  gate(): Gate {
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    return { until, open: () => open() };
  }

  /** Holds the next question's reply until the gate opens. */
  holdNext(scripted: Scripted): Gate {
    const gate = this.gate();
    this.next({ kind: 'held', until: gate.until, reply: replyOf(scripted) });
    return gate;
  }

  /** Forgets scripts, requests, caches and counters. */
  reset(): void {
    this.orders.clear();
    this.desk.reset();
  }

  /** Ends the server and every open connection. */
  async stop(): Promise<void> {
    this.desk.close();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

const realSleep: Sleep = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
