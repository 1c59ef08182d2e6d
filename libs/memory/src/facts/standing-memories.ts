import { Injectable } from '@nestjs/common';
import { Database, readSql } from '@memori/database';
import { Clock, type SessionScope } from '@memori/scope';
import { FRAME_TOKENS, renderedTokens } from '../memory-block';
import type { MemoryCategory, MemoryScope, RecallItem } from '../memory.types';
import { type PastMemory, PastMemories } from '../past-memories';
import type { Reader } from '../recall-rules';
import { wishesOf, type WishingTurn } from './standing-turns';

const STANDING = readSql(__dirname, 'standing.sql');

/** Where one stands: the namespace, and the session if it is one. */
export type StandingScope = Pick<SessionScope, 'tenantId' | 'userId' | 'namespace' | 'isolated'> & {
  readonly sessionId?: string;
};

/** What stands in a prompt whatever is asked, and what else may. */
export interface Standing {
  /** The block, in its order and within its own tokens; empty when the tenant wants none. */
  readonly block: RecallItem[];
  /** All that is essential, in the block or not: none of it is recalled once more. */
  readonly ids: ReadonlySet<string>;
  /** False: the tenant wants nothing recalled for a question. */
  readonly isAutomatic: boolean;
}

interface EssentialRow {
  readonly id: string;
  readonly content: string;
  readonly category: MemoryCategory;
  readonly scope: MemoryScope;
  readonly sessionId: string | null;
  readonly occurredAtMs: number;
  readonly sources: string[];
  readonly importance: number;
  readonly trust: number;
  readonly support: number;
}

/**
 * The conscious part of memory: rules, strong preferences, and who the user is; behind them what the user said to hold from
 * now on, in his own words, until it is drawn as a fact. It has a budget of its own, so that what is recalled for a question
 * never pushes it out.
 */
@Injectable()
export class StandingMemories {
  constructor(
    private readonly database: Database,
    private readonly past: PastMemories,
    private readonly clock: Clock,
  ) {}

  /** Now; or, for a reader who wants to know how it was, as it stood then. */
  async read(scope: StandingScope & Partial<Reader>): Promise<Standing> {
    const {
      tenantId,
      userId,
      namespace,
      sessionId,
      isolated,
      atMs = this.clock.nowMs(),
      onlyKnownThen = false,
    } = scope;
    const reader = { ...scope, atMs };
    const then = await this.past.read(reader);
    const [row] = await this.database.query<{
      conscious: boolean;
      automatic: boolean;
      blockTokens: number;
      items: EssentialRow[];
      wishes: WishingTurn[];
    }>({ tenantId, userId }, STANDING, [
      tenantId,
      userId,
      namespace,
      sessionId ?? null,
      isolated,
      new Date(atMs),
      onlyKnownThen,
    ]);
    if (!row?.conscious) return { block: [], ids: new Set(), isAutomatic: row?.automatic ?? true };
    const rewritten = then.essential(reader).map(toEssential);
    const items = [...row.items.filter(({ id }) => !then.find(id)), ...rewritten].sort(inOrder);
    return {
      block: withinTokens([...items.map(toRecallItem), ...wishesOf(row.wishes)], row.blockTokens),
      ids: new Set(items.map(({ id }) => id)),
      isAutomatic: row.automatic,
    };
  }
}

function toEssential({ content, support, item }: PastMemory): EssentialRow {
  const {
    id,
    sessionId,
    category = 'fact',
    scope = 'user',
    occurredAtMs,
    sources = [],
    importance = 0.5,
    trust = 1,
  } = item;
  const whose = { category, scope, sessionId, sources: [...sources] };
  return { id, content, ...whose, occurredAtMs, importance, support, trust };
}

/** The tenant's before the user's own, rules before preferences before the rest, the weightiest first. */
function inOrder(left: EssentialRow, right: EssentialRow): number {
  return rank(left) - rank(right) || weight(right) - weight(left) || (left.id < right.id ? -1 : 1);
}

function rank({ scope, category }: EssentialRow): number {
  const kind = category === 'rule' ? 0 : category === 'preference' ? 1 : 2;
  return (scope === 'tenant' ? 0 : 3) + kind;
}

/** What was said more often counts more, by ever less. */
function weight({ importance, support }: EssentialRow): number {
  return importance + 0.05 * Math.log2(support);
}

/** One that does not fit lets shorter ones behind it in: a long rule must not cost all others their place. */
function withinTokens(items: readonly RecallItem[], tokens: number): RecallItem[] {
  let left = tokens - FRAME_TOKENS;
  return items.filter((item) => {
    const cost = renderedTokens(item);
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}

function toRecallItem({ occurredAtMs, importance: _, support: __, ...row }: EssentialRow): RecallItem {
  const occurredAt = new Date(occurredAtMs).toISOString();
  return { ...row, kind: 'fact', score: 1, occurredAt, always: true };
}
