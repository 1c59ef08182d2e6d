import type { ClaudeRequest } from '@memori/testing';
import type { World } from '../world/world';
import { type Finding, unless } from './check';
import { countOf } from './money';

/** Attempts with all that the journal charged for them. */
const ATTEMPTS = `
  SELECT a.id, a.outcome, a.provider_request_id, a.sent_at IS NOT NULL AS was_sent, a.streaming_at IS NOT NULL AS was_seen,
    q.question, a.reserved, coalesce(j.input, 0)::int AS input, coalesce(j.cache_read, 0)::int AS "cacheRead",
    coalesce(j.cache_5m, 0)::int AS "cache5m", coalesce(j.cache_1h, 0)::int AS "cache1h",
    coalesce(j.output, 0)::int AS output, coalesce(j.reasons, '{}') AS reasons
  FROM memori.attempts a
  LEFT JOIN memori.questions q ON q.id::text = a.question_id
  LEFT JOIN LATERAL (
    SELECT sum(input_tokens) AS input, sum(cache_read_tokens) AS cache_read, sum(cache_write_5m_tokens) AS cache_5m,
      sum(cache_write_1h_tokens) AS cache_1h, sum(output_tokens) AS output,
      array_remove(array_agg(DISTINCT reason), NULL) AS reasons
    FROM memori.journal LEFT JOIN LATERAL unnest(reasons) AS reason ON true WHERE attempt_id = a.id) j ON true`;

interface Attempt {
  readonly id: string;
  readonly outcome: string | null;
  readonly provider_request_id: string | null;
  readonly was_sent: boolean;
  readonly was_seen: boolean;
  readonly question: string | null;
  readonly reserved: { readonly outputTokens: number };
  readonly input: number;
  readonly cacheRead: number;
  readonly cache5m: number;
  readonly cache1h: number;
  readonly output: number;
  readonly reasons: readonly string[];
}

/** The bill equals what the provider reports, call by call: nothing twice, nothing for free, nothing made up. */
export async function bill(world: World): Promise<Finding[]> {
  const attempts = await world.sql.rows<Attempt>(ATTEMPTS);
  const byRequest = new Map(
    attempts.flatMap((each) => (each.provider_request_id ? [[each.provider_request_id, each]] : [])) as [
      string,
      Attempt,
    ][],
  );
  const wrong: string[] = [];
  const pairs = new Map<Attempt, ClaudeRequest>();
  const unnamed: ClaudeRequest[] = [];
  for (const request of world.claude.requests) {
    const attempt = byRequest.get(request.requestId);
    if (!attempt) unnamed.push(request);
    else pairs.set(attempt, request);
  }
  // Who died before he could write the request's id down is found by the question.
  const nameless = attempts.filter((each) => !pairs.has(each) && each.was_sent);
  for (const request of unnamed) {
    const at = bestMatch(nameless, request);
    if (at < 0) wrong.push(`call ${request.number} (${request.state}) of "${request.question}" has no attempt`);
    else pairs.set(nameless.splice(at, 1)[0] as Attempt, request);
  }
  for (const [attempt, request] of pairs) {
    const complaint = complaintAbout(attempt, request);
    if (complaint) wrong.push(complaint);
  }
  // Marked as sent and never arrived: only its sender could have known, and he is gone.
  for (const attempt of attempts.filter((each) => !pairs.has(each)))
    if (tokensOf(attempt) > 0 && !attempt.reasons.includes('unknown_usage'))
      wrong.push(`attempt ${attempt.id} (${attempt.outcome}) was charged, and Claude never saw it`);
  const told = [...pairs.values()].filter(({ told }) => told).length;
  const evidence = `${world.claude.requests.length} calls, ${told} with usage; ${countOf(attempts.map(({ outcome }) => outcome ?? 'none'))}`;
  return [
    unless(wrong, 'Each call is charged once, as Claude told it', evidence),
    unless(world.claude.rejected, 'Claude refused no request as malformed', 'none'),
  ];
}

/** Prefers an attempt whose charge agrees with the call. */
function bestMatch(attempts: readonly Attempt[], request: ClaudeRequest): number {
  const ofQuestion = (each: Attempt) => each.question === request.question;
  const agreeing = attempts.findIndex((each) => ofQuestion(each) && complaintAbout(each, request) === undefined);
  return agreeing >= 0 ? agreeing : attempts.findIndex(ofQuestion);
}

function complaintAbout(attempt: Attempt, request: ClaudeRequest): string | undefined {
  const charged = { input: attempt.input, cacheRead: attempt.cacheRead, cache5m: attempt.cache5m, cache1h: attempt.cache1h, output: attempt.output }; // prettier-ignore
  const { told } = request;
  const say = (why: string) =>
    `call ${request.number} (${request.state}), attempt ${attempt.id} (${attempt.outcome}): ${why}, charged ${JSON.stringify(charged)}`;
  if (!told) {
    // An error answer costs nothing; a call that was never answered the most that it can have cost, and is flagged.
    if (tokensOf(attempt) === 0) return request.state === 'failed' ? undefined : say('was read, and cost nothing');
    return attempt.reasons.includes('unknown_usage') ? undefined : say('told no usage, and is not flagged');
  }
  // What was told to a process that had just died, or lost its lease, nobody heard: the reservation is charged, and flagged.
  const wasHeard = attempt.was_seen || attempt.outcome === 'answered' || attempt.provider_request_id !== null;
  if (attempt.reasons.includes('unknown_usage') && !wasHeard) return undefined;
  const { input } = told;
  const isSameInput =
    charged.input === input.inputTokens &&
    charged.cacheRead === input.readTokens &&
    charged.cache5m === input.write5mTokens &&
    charged.cache1h === input.write1hTokens;
  if (!isSameInput) return say(`told ${JSON.stringify(input)}`);
  const isWhole = told.outputTokens !== undefined && request.state === 'answered';
  if (isWhole && attempt.outcome === 'answered' && charged.output !== told.outputTokens)
    return say(`told ${told.outputTokens} tokens of output`);
  if (charged.output < 1 || charged.output > attempt.reserved.outputTokens) return say('output cannot be so');
  return undefined;
}

function tokensOf({ input, cacheRead, cache5m, cache1h, output }: Attempt): number {
  return input + cacheRead + cache5m + cache1h + output;
}
