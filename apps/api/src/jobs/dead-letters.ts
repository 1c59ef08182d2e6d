import { Injectable } from '@nestjs/common';
import { ConflictError, NotFoundError } from '@memori/errors';
import {
  type FailedWork,
  FailedWorkRegistry,
  momentOf,
  type WorkItem,
  type WorkPlace,
  type WorkState,
} from '@memori/queue';
import { hasRole, type Principal } from '@memori/scope';
import { decodeCursor, type Page, pageOf, type PageRequest } from '@memori/security';

/** A moment with microseconds, and an id of any kind. */
const CURSOR = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z [\w:.-]{1,200}$/;

/** Work of every kind in one list: what failed for good, and what waits. */
@Injectable()
export class DeadLetters {
  constructor(private readonly registry: FailedWorkRegistry) {}

  /** The newest first. Each source is asked for a page of its own; together they hold the page. */
  async list(principal: Principal, state: WorkState, page: PageRequest): Promise<Page<WorkItem>> {
    const after = page.cursor === undefined ? undefined : placeOf(decodeCursor(page.cursor, CURSOR));
    const query = { state, after, limit: page.limit + 1 };
    const lists = await Promise.all(this.sources(principal).map((source) => source.list(principal, query)));
    const items = lists
      .flat()
      .sort(newestFirst)
      .slice(0, page.limit + 1);
    return pageOf(items, page.limit, (item) => `${momentOf(item)} ${item.id}`);
  }

  async retry(principal: Principal, id: string, requestId: string | undefined): Promise<WorkItem> {
    for (const source of this.sources(principal)) {
      const item = await source.find(principal, id);
      if (!item) continue;
      const retried = await source.retry(principal, id, requestId);
      if (retried) return retried;
      throw new ConflictError(`The job "${id}" is not failed (any more), so that there is nothing to retry.`);
    }
    throw new NotFoundError('job', id);
  }

  /** What belongs to no tenant is for those who run the installation: operators of the tenant "default". */
  private sources(principal: Principal): readonly FailedWork[] {
    return this.registry.sources(principal.tenantId === 'default' && hasRole(principal, 'operator'));
  }
}

function placeOf(cursor: string): WorkPlace {
  const space = cursor.indexOf(' ');
  return { at: cursor.slice(0, space), id: cursor.slice(space + 1) };
}

function newestFirst(left: WorkItem, right: WorkItem): number {
  const [one, other] = [left, right].map((item) => `${momentOf(item)} ${item.id}`) as [string, string];
  return one < other ? 1 : one > other ? -1 : 0;
}
