import { Worker } from 'node:worker_threads';
import { MAX_BRACKET_DEPTH, MAX_TOKENS, MAX_TREE_DEPTH, PARSE_TIMEOUT_MS } from '../limits';
import { PARSE_WORKER_SOURCE } from './parse-worker-source';

/** What came of parsing a statement with PostgreSQL's own parser. */
export type ParseOutcome =
  /** `tree` is JSON; `end` the byte after the last meaningful token, where the scanner had to look. */
  | { kind: 'parsed'; tree: string; end?: number }
  /** `position` counts characters from 0. */
  | { kind: 'syntax-error'; message: string; position?: number }
  | { kind: 'too-complex'; reason: string };

type Reply = ParseOutcome | { kind: 'ready' } | { kind: 'broken'; reason: string };

interface Job {
  sql: string;
  resolve: (outcome: ParseOutcome) => void;
  reject: (error: Error) => void;
}

export interface SqlParserOptions {
  timeoutMs?: number;
  /** The thread's code; tests hand in one that hangs or dies. */
  source?: string;
}

/**
 * Parses in a thread of its own, one statement at a time. A thread that overflowed its stack, died or hangs is thrown
 * away: a parser that has once left its rails is not trusted with the next statement.
 */
export class SqlParser {
  private readonly waiting: Job[] = [];
  private readonly timeoutMs: number;
  private readonly source: string;
  private current: Job | undefined;
  private timer: NodeJS.Timeout | undefined;
  private worker: Worker | undefined;
  private isReady = false;
  private isClosed = false;

  constructor(options: SqlParserOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? PARSE_TIMEOUT_MS;
    this.source = options.source ?? PARSE_WORKER_SOURCE;
  }

  parse(sql: string): Promise<ParseOutcome> {
    if (this.isClosed) return Promise.reject(new Error('The SQL parser is closed.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ sql, resolve, reject });
      this.next();
    });
  }

  /** Starts the thread before the first statement needs it. */
  warmUp(): void {
    if (!this.isClosed) this.worker ??= this.start();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const worker = this.forget();
    const abandoned = [this.current, ...this.waiting.splice(0)];
    this.current = undefined;
    for (const job of abandoned) job?.reject(new Error('The SQL parser was closed.'));
    await worker?.terminate();
  }

  private start(): Worker {
    const limits = { maxTokens: MAX_TOKENS, maxBracketDepth: MAX_BRACKET_DEPTH, maxTreeDepth: MAX_TREE_DEPTH };
    const workerData = { module: require.resolve('libpg-query'), limits };
    const worker = new Worker(this.source, { eval: true, workerData });
    // Only a statement under way keeps the process alive.
    worker.unref();
    worker.on('message', (reply: Reply) => this.receive(worker, reply));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', () => this.lose(worker, new Error('The thread of the SQL parser ended.')));
    return worker;
  }

  private next(): void {
    this.current ??= this.waiting.shift();
    if (!this.current) return;
    this.warmUp();
    this.worker?.ref();
    if (this.isReady && !this.timer) this.send(this.current);
  }

  private send(job: Job): void {
    this.timer = setTimeout(() => this.recycle('took too long to parse'), this.timeoutMs);
    this.worker?.postMessage(job.sql);
  }

  private receive(worker: Worker, reply: Reply): void {
    if (worker !== this.worker) return;
    if (reply.kind === 'ready') {
      this.isReady = true;
      this.next();
    } else if (reply.kind === 'broken') {
      this.recycle(reply.reason);
    } else {
      this.settle(reply);
    }
  }

  private recycle(reason: string): void {
    void this.forget()?.terminate();
    this.settle({ kind: 'too-complex', reason });
  }

  /** The thread died by itself. Under a statement that is the statement's fault; before one it is ours. */
  private lose(worker: Worker, cause: Error): void {
    if (worker !== this.worker) return;
    const wasReady = this.isReady;
    this.forget();
    if (wasReady) return this.settle({ kind: 'too-complex', reason: 'not readable by the parser' });
    const job = this.current;
    this.current = undefined;
    job?.reject(new Error('The SQL parser did not start.', { cause }));
    this.next();
  }

  private settle(outcome: ParseOutcome): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const job = this.current;
    this.current = undefined;
    job?.resolve(outcome);
    if (this.waiting.length === 0) this.worker?.unref();
    this.next();
  }

  private forget(): Worker | undefined {
    const worker = this.worker;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.worker = undefined;
    this.isReady = false;
    return worker;
  }
}
