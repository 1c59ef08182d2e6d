import { Worker } from 'node:worker_threads';
import { StartError } from '@memori/database';
import { EmbeddingError } from './embedding-error';
import { type EmbeddingPurpose, EmbeddingProvider } from './embedding-provider';

export interface WorkerModel {
  readonly model: string;
  readonly batchSize: number;
  readonly maxCharacters: number;
  /** The file of the thread, and what it is told at its start. */
  readonly file: string;
  readonly data: unknown;
  /** Whether the model knows the language of a text; all, when left out. */
  readonly reads?: (text: string) => boolean;
}

interface Job {
  readonly id: number;
  readonly texts: readonly string[];
  readonly purpose: EmbeddingPurpose;
  readonly resolve: (vectors: Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

interface Reply {
  readonly id?: number;
  readonly ready?: true;
  readonly values?: Float32Array;
  readonly dimensions?: number;
  readonly fault?: string;
  readonly detail?: string;
}

/**
 * A model in a thread of its own: encoding blocks its thread for some ten milliseconds a text. One batch at a time, and
 * questions overtake what is embedded in the background. A thread that died is started again at the next text.
 */
export class WorkerEmbeddings extends EmbeddingProvider {
  readonly model: string;
  readonly batchSize: number;
  readonly maxCharacters: number;
  private worker?: Promise<Worker>;
  private running?: Job;
  private readonly waiting: Record<EmbeddingPurpose, Job[]> = { query: [], document: [] };
  private lastId = 0;
  private isClosed = false;

  constructor(private readonly what: WorkerModel) {
    super();
    this.model = what.model;
    this.batchSize = what.batchSize;
    this.maxCharacters = what.maxCharacters;
  }

  /** Loads the model now, so that a folder which holds none stops the start. */
  async start(): Promise<void> {
    await (this.worker ??= this.spawn());
  }

  embed(texts: readonly string[], purpose: EmbeddingPurpose): Promise<Float32Array[]> {
    if (texts.length === 0) return Promise.resolve([]);
    if (this.isClosed) return Promise.reject(gone());
    return new Promise((resolve, reject) => {
      this.waiting[purpose].push({ id: ++this.lastId, texts, purpose, resolve, reject });
      void this.next();
    });
  }

  override reads(text: string): boolean {
    return this.what.reads?.(text) ?? true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const worker = await this.worker?.catch(() => undefined);
    await worker?.terminate();
    this.failAll(gone());
  }

  private async next(): Promise<void> {
    if (this.running) return;
    const job = this.waiting.query.shift() ?? this.waiting.document.shift();
    if (!job) return;
    this.running = job;
    try {
      const worker = await (this.worker ??= this.spawn());
      worker.postMessage({ id: job.id, texts: job.texts, purpose: job.purpose });
    } catch (error) {
      this.worker = undefined;
      this.end((running) => running.reject(modelFault('it could not be loaded', error)));
    }
  }

  private spawn(): Promise<Worker> {
    const worker = new Worker(this.what.file, { workerData: this.what.data });
    // It must not keep a process alive that has nothing else to do.
    worker.unref();
    return new Promise((resolve, reject) => {
      worker.on('message', (reply: Reply) => {
        if (reply.ready) resolve(worker);
        else if (reply.id === undefined)
          reject(new StartError(`The embedding model cannot be loaded: ${reply.detail ?? reply.fault}`));
        else this.take(reply);
      });
      worker.on('error', (error) => {
        reject(error);
        this.lose(worker);
      });
      worker.on('exit', () => {
        reject(gone());
        this.lose(worker);
      });
    });
  }

  private take({ id, values, dimensions = 0, fault }: Reply): void {
    if (this.running?.id !== id) return;
    this.end(({ texts, resolve, reject }) => {
      if (!values || values.length !== texts.length * dimensions) reject(modelFault(fault ?? 'too few vectors came'));
      else resolve(texts.map((_, at) => values.subarray(at * dimensions, (at + 1) * dimensions)));
    });
  }

  private end(how: (job: Job) => void): void {
    const job = this.running;
    this.running = undefined;
    if (job) how(job);
    void this.next();
  }

  /** Who waits is told; the next text starts a new thread. */
  private lose(worker: Worker): void {
    void worker.terminate();
    this.worker = undefined;
    this.failAll(gone());
  }

  private failAll(error: Error): void {
    const jobs = [this.running, ...this.waiting.query.splice(0), ...this.waiting.document.splice(0)];
    this.running = undefined;
    jobs.forEach((job) => job?.reject(error));
  }
}

function gone(): EmbeddingError {
  return new EmbeddingError('closed', 'The thread of the embedding model has ended.', true);
}

function modelFault(why: string, cause?: unknown): EmbeddingError {
  return new EmbeddingError('model', `The embedding model failed: ${why}.`, false, { cause });
}
