import { Injectable } from '@nestjs/common';
import type { Principal, TenantScope } from '@memori/scope';

/** `held`: ready, but calls to the model for background work are switched off. */
export const WORK_STATES = ['failed', 'waiting', 'held', 'submitted'] as const;

export type WorkState = (typeof WORK_STATES)[number];

/** A piece of work as those who look after it see it: what it is and how it failed, never what it holds. */
export interface WorkItem {
  readonly id: string;
  /** `question`, `background`, `queue-job`, `webhook` … */
  readonly kind: string;
  readonly state: WorkState;
  readonly attempts: number;
  /** Stable; null while nothing went wrong. */
  readonly code: string | null;
  /** For people, with quoted values masked. */
  readonly message: string | null;
  /** ISO 8601, in UTC, with microseconds. */
  readonly createdAt: string;
  readonly failedAt: string | null;
  /** Whether a retry is offered. */
  readonly retryable: boolean;
}

/** Where a list goes on: items older than this one. */
export interface WorkPlace {
  readonly at: string;
  readonly id: string;
}

export interface WorkQuery {
  readonly state: WorkState;
  readonly after: WorkPlace | undefined;
  readonly limit: number;
}

/** Work that can fail for good and be taken up again. Whoever owns such work registers it with DeadLetters. */
export abstract class FailedWork {
  abstract readonly kind: string;

  /** True: its items belong to no tenant, and only those who run the installation see them. */
  readonly isShared: boolean = false;

  /** Newest first, by `failedAt` (else `createdAt`), then by id. Up to `limit` items. */
  abstract list(scope: TenantScope, query: WorkQuery): Promise<WorkItem[]>;

  abstract find(scope: TenantScope, id: string): Promise<WorkItem | undefined>;

  /** Takes one up again, and writes who did. Undefined: it is not failed any more, or may not be retried. */
  abstract retry(principal: Principal, id: string, requestId: string | undefined): Promise<WorkItem | undefined>;
}

/** All that registered. */
@Injectable()
export class FailedWorkRegistry {
  private readonly all: FailedWork[] = [];

  register(work: FailedWork): void {
    this.all.push(work);
  }

  /** What a principal's scope reaches. */
  sources(isInstallation: boolean): readonly FailedWork[] {
    return this.all.filter(({ isShared }) => isInstallation || !isShared);
  }
}

/** When an item counts, in lists. */
export function momentOf(item: WorkItem): string {
  return item.failedAt ?? item.createdAt;
}
