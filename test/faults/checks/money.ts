import type { World } from '../world/world';
import { type Finding, unless } from './check';

/** What the accounts say of themselves, against journal and holds. */
const ACCOUNTS = `
  SELECT a.id, a.scope, a.scope_id, a.limit_tokens, a.limit_nano_usd,
    a.posted_tokens, a.posted_nano_usd, a.held_tokens, a.held_nano_usd, a.excess_tokens, a.excess_nano_usd,
    coalesce(j.tokens, 0)::bigint AS journal_tokens, coalesce(j.nano, 0)::bigint AS journal_nano,
    coalesce(j.excess_tokens, 0)::bigint AS journal_excess_tokens, coalesce(j.excess_nano, 0)::bigint AS journal_excess_nano,
    coalesce(h.tokens, 0)::bigint AS open_tokens, coalesce(h.nano, 0)::bigint AS open_nano
  FROM memori.accounts a
  LEFT JOIN LATERAL (SELECT sum(limit_tokens) AS tokens, sum(nano_usd) AS nano, sum(excess_tokens) AS excess_tokens,
      sum(excess_nano_usd) AS excess_nano FROM memori.journal WHERE a.id = ANY (account_ids)) j ON true
  LEFT JOIN LATERAL (SELECT sum(tokens) AS tokens, sum(nano_usd) AS nano FROM memori.holds
      WHERE state = 'open' AND a.id = ANY (account_ids)) h ON true`;

/** Attempts whose hold did not end exactly once, in the way that their state allows. */
const HOLDS = `
  SELECT a.id, a.state, a.outcome, h.state AS hold, a.sent_at IS NOT NULL AS was_sent,
    count(j.id) FILTER (WHERE j.entry = 'charge')::int AS charges,
    count(j.id) FILTER (WHERE j.entry = 'correction')::int AS corrections
  FROM memori.attempts a
  LEFT JOIN memori.holds h ON h.attempt_id = a.id
  LEFT JOIN memori.journal j ON j.attempt_id = a.id
  GROUP BY a.id, h.attempt_id`;

const REASONS = `SELECT reason, count(*)::int AS count, sum(excess_tokens)::int AS tokens
  FROM memori.journal, unnest(reasons) AS reason GROUP BY 1 ORDER BY 1`;

type Account = Readonly<Record<string, string | null>>;

interface HoldRow {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly hold: string | null;
  readonly was_sent: boolean;
  readonly charges: number;
  readonly corrections: number;
}

/** What must always be true of the ledger. */
export async function money(world: World): Promise<Finding[]> {
  const accounts = await world.sql.rows<Account>(ACCOUNTS);
  const holds = await world.sql.rows<HoldRow>(HOLDS);
  const reasons = await world.sql.rows<{ reason: string; count: number; tokens: number }>(REASONS);
  const flagged = reasons.map(({ reason, count, tokens }) => `${count} ${reason} (+${tokens} tokens)`).join(', ');
  const over = accounts.filter((account) => isOver(account, 'tokens') || isOver(account, 'nano_usd'));
  const beyond = world.sampler.seen.mostOverLimit > 0 ? [{ beyond: world.sampler.seen.mostOverLimit }] : [];
  return [
    unless([...over, ...beyond], 'posted + held − flagged excess ≤ limit, at every look', flagged || 'nothing flagged'),
    unless(accounts.filter(drifts), 'posted = journal, held = open holds', `${accounts.length} accounts`),
    unless(holds.filter(endsOddly), 'Each hold ended exactly once', countOf(holds.map(({ hold }) => hold ?? 'none'))),
  ];
}

function isOver(account: Account, unit: 'tokens' | 'nano_usd'): boolean {
  const limit = account[`limit_${unit}`];
  if (limit == null) return false;
  return (
    number(account, `posted_${unit}`) + number(account, `held_${unit}`) - number(account, `excess_${unit}`) >
    BigInt(limit)
  );
}

function drifts(account: Account): boolean {
  const pairs = [
    ['posted_tokens', 'journal_tokens'], ['posted_nano_usd', 'journal_nano'],
    ['excess_tokens', 'journal_excess_tokens'], ['excess_nano_usd', 'journal_excess_nano'],
    ['held_tokens', 'open_tokens'], ['held_nano_usd', 'open_nano'],
  ] as const; // prettier-ignore
  return pairs.some(([cached, counted]) => number(account, cached) !== number(account, counted));
}

/** Released: never sent, never charged. Else at most one charge and one correction, and an end. */
function endsOddly({ state, hold, was_sent: wasSent, charges, corrections }: HoldRow): boolean {
  if (state !== 'ended' || hold === null || hold === 'open') return true;
  if (charges > 1 || corrections > 1 || corrections > charges) return true;
  return hold === 'released' && (wasSent || charges > 0);
}

function number(account: Account, name: string): bigint {
  return BigInt(account[name] ?? 0);
}

export function countOf(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';
}
