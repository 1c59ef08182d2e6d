import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log } from '@memori/monitoring';
import {
  FailedWork,
  FailedWorkRegistry,
  momentOf,
  QUEUES,
  QueueServer,
  type WorkItem,
  type WorkQuery,
} from '@memori/queue';
import type { Principal, TenantScope } from '@memori/scope';
import { Audit } from '@memori/security';
import type { Job, Queue } from 'bullmq';

/** More failed jobs than this are a fault of the installation and not a list. */
const MOST_READ = 1000;

/** Jobs of the queues that failed for good. They belong to no tenant: rows are the truth, jobs are nudges. */
@Injectable()
export class QueueJobs extends FailedWork implements OnModuleInit {
  readonly kind = 'queue-job';
  override readonly isShared = true;

  constructor(
    @InjectQueue(QUEUES.questions) private readonly queue: Queue,
    private readonly server: QueueServer,
    private readonly registry: FailedWorkRegistry,
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly log: Log,
  ) {
    super();
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async list(_: TenantScope, { state, after, limit }: WorkQuery): Promise<WorkItem[]> {
    if (state !== 'failed') return [];
    const jobs = await this.readable(() => this.queue.getFailed(0, MOST_READ - 1), []);
    const items = jobs.filter(Boolean).map((job) => this.itemOf(job));
    const key = (item: WorkItem) => `${momentOf(item)} ${item.id}`;
    const older = after ? items.filter((item) => key(item) < `${after.at} ${after.id}`) : items;
    return older.sort((left, right) => (key(left) < key(right) ? 1 : -1)).slice(0, limit);
  }

  async find(_: TenantScope, id: string): Promise<WorkItem | undefined> {
    const job = await this.jobOf(id);
    return job && (await job.isFailed()) ? this.itemOf(job) : undefined;
  }

  async retry(principal: Principal, id: string, requestId: string | undefined): Promise<WorkItem | undefined> {
    const job = await this.jobOf(id);
    if (!job || !(await job.isFailed())) return undefined;
    await job.retry('failed');
    await this.database.transaction({ tenantId: principal.tenantId }, (tx) =>
      this.audit.record(tx, { principal, action: 'job.retried', subjectType: 'queue-job', subjectId: id, requestId }),
    );
    return { ...this.itemOf(job), state: 'waiting', failedAt: null, retryable: false };
  }

  private async jobOf(id: string): Promise<Job | undefined> {
    const prefix = `${this.queue.name}.`;
    if (!id.startsWith(prefix)) return undefined;
    return this.readable(() => this.queue.getJob(id.slice(prefix.length)) as Promise<Job | undefined>, undefined);
  }

  /** Jobs are nudges: while Redis is away the lists show all else. */
  private async readable<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.server.isAway) return otherwise;
    try {
      return await read();
    } catch (error) {
      this.log.warn('The jobs of the queues could not be read', { error });
      return otherwise;
    }
  }

  /** The reason of a failed job may quote what it carried: its class says enough. */
  private itemOf(job: Job): WorkItem {
    return {
      id: `${this.queue.name}.${job.id}`,
      kind: this.kind,
      state: 'failed',
      attempts: job.attemptsMade,
      code: 'internal',
      message: `The job "${job.name}" of the queue "${this.queue.name}" failed; the log holds the cause.`,
      createdAt: momentText(job.timestamp),
      failedAt: momentText(job.finishedOn ?? job.timestamp),
      retryable: true,
    };
  }
}

/** With microseconds, as everywhere in these lists. */
function momentText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
