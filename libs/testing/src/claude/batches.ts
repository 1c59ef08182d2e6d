import { ClaudeError, invalid } from './errors';
import { checkArray, checkFields, checkString } from './fields';
import { idText } from './message';

export type BatchItemResult =
  | { readonly type: 'succeeded'; readonly message: object }
  | { readonly type: 'errored'; readonly error: object }
  | { readonly type: 'canceled' }
  | { readonly type: 'expired' };

interface Item {
  readonly customId: string;
  readonly params: unknown;
  result?: BatchItemResult;
}

interface Batch {
  readonly id: string;
  readonly createdAt: Date;
  readonly items: readonly Item[];
  cancelInitiatedAt?: Date;
  endedAt?: Date;
  isArchived: boolean;
}

const MOST_ITEMS = 100_000;
const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/;
const DAY_MS = 86_400_000;

/** Message batches of one account. A batch is in progress when it is made, and by default done when it is next asked for. */
export class Batches {
  private all: Batch[] = [];
  /** False: batches stay in progress until `end` is called. */
  endsByItself = true;

  constructor(
    private readonly now: () => Date,
    private readonly answer: (params: unknown) => BatchItemResult,
  ) {}

  /** How many were ever taken in. */
  get count(): number {
    return this.all.length;
  }

  create(body: unknown): Batch {
    const { requests } = checkFields(body, '', ['requests'], ['requests']);
    const list = checkArray(requests, 'requests');
    if (list.length === 0) throw invalid('requests: List should have at least 1 item after validation, not 0');
    if (list.length > MOST_ITEMS) throw invalid(`requests: List should have at most ${MOST_ITEMS} items`);
    const items = list.map(itemOf);
    const ids = new Set(items.map(({ customId }) => customId));
    if (ids.size !== items.length) throw invalid('requests: `custom_id` values must be unique within a batch');
    const batch: Batch = { id: `msgbatch_${idText()}`, createdAt: this.now(), items, isArchived: false };
    this.all.unshift(batch);
    return batch;
  }

  /** As somebody asks for it, so that it may have ended meanwhile. */
  get(id: string): Batch {
    const batch = this.all.find((each) => each.id === id);
    if (!batch) throw new ClaudeError(404, 'not_found_error', `Message batch ${id} not found.`);
    if (this.endsByItself || batch.cancelInitiatedAt) this.process(batch);
    return batch;
  }

  /** The newest first. */
  list(query: URLSearchParams): { data: Batch[]; hasMore: boolean } {
    const limit = Number(query.get('limit') ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw invalid('limit: Input should be between 1 and 1000');
    if (this.endsByItself) this.endAll();
    const after = this.place(query.get('after_id'));
    const before = this.place(query.get('before_id'));
    const within = this.all.slice(after === undefined ? 0 : after + 1, before);
    return { data: within.slice(0, limit), hasMore: within.length > limit };
  }

  cancel(id: string): Batch {
    const batch = this.get(id);
    if (batch.endedAt) throw invalid(`Batch ${id} has already ended.`);
    batch.cancelInitiatedAt ??= this.now();
    return batch;
  }

  delete(id: string): void {
    if (!this.get(id).endedAt) throw invalid(`Batch ${id} is still processing; cancel it first.`);
    this.all = this.all.filter((batch) => batch.id !== id);
  }

  /** JSON lines, in no order that anybody may count on. */
  results(id: string): string {
    const { endedAt, isArchived, items } = this.get(id);
    if (!endedAt) throw invalid(`Batch ${id} has not ended; it has no results yet.`);
    if (isArchived) throw new ClaudeError(404, 'not_found_error', 'The results of this batch are no longer available.');
    const lines = items.map(({ customId, result }) => JSON.stringify({ custom_id: customId, result }));
    return `${lines.reverse().join('\n')}\n`;
  }

  /** Ends every batch in progress, for those that do not end by themselves; `expired`: their day is over. */
  endAll(how: 'processed' | 'expired' = 'processed'): void {
    for (const batch of this.all) this.process(batch, how);
  }

  /** The results of all that ended are no longer kept. */
  archiveAll(): void {
    for (const batch of this.all) batch.isArchived = batch.endedAt !== undefined;
  }

  private process(batch: Batch, how: 'processed' | 'expired' = 'processed'): void {
    if (batch.endedAt) return;
    for (const item of batch.items)
      item.result = batch.cancelInitiatedAt
        ? { type: 'canceled' }
        : how === 'expired'
          ? { type: 'expired' }
          : this.answer(item.params);
    batch.endedAt = this.now();
  }

  private place(id: string | null): number | undefined {
    if (id === null) return undefined;
    const at = this.all.findIndex((batch) => batch.id === id);
    if (at < 0) throw invalid(`after_id: no batch ${id}`);
    return at;
  }
}

/** A batch as the API shows it. */
export function batchJson(batch: Batch, origin: string) {
  const { id, createdAt, endedAt, cancelInitiatedAt, items, isArchived } = batch;
  const count = (type: BatchItemResult['type']) => items.filter(({ result }) => result?.type === type).length;
  const hasResults = endedAt !== undefined && !isArchived;
  return {
    id,
    type: 'message_batch',
    processing_status: endedAt ? 'ended' : cancelInitiatedAt ? 'canceling' : 'in_progress',
    request_counts: {
      processing: endedAt ? 0 : items.length,
      succeeded: count('succeeded'),
      errored: count('errored'),
      canceled: count('canceled'),
      expired: count('expired'),
    },
    created_at: createdAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    expires_at: new Date(createdAt.getTime() + DAY_MS).toISOString(),
    archived_at: isArchived ? (endedAt?.toISOString() ?? null) : null,
    cancel_initiated_at: cancelInitiatedAt?.toISOString() ?? null,
    results_url: hasResults ? `${origin}/v1/messages/batches/${id}/results` : null,
  };
}

function itemOf(value: unknown, index: number): Item {
  const item = checkFields(value, `requests.${index}`, ['custom_id', 'params'], ['custom_id', 'params']);
  const customId = checkString(item['custom_id'], `requests.${index}.custom_id`);
  if (!CUSTOM_ID.test(customId))
    throw invalid(`requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
  return { customId, params: item['params'] };
}
