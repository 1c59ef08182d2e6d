import { createHash } from 'node:crypto';
import { FakeClaude } from '../../claude/fake-claude';
import { replies } from '../../claude/reply';
import type { ClaudeRequest } from '../../claude/request';
import type { Asked } from './workload';

/** Spread of the time that a reply takes, as the standard deviation of its logarithm: four in five lie between 0.6 and 1.7. */
const SPREAD = 0.4;
const EARLIER = 'Earlier in this session';

interface Gold {
  readonly sql: string;
  /** Of a follow-up: the question before it. Its words alone could mean several things. */
  readonly before?: string;
}

/** Answers each question of the workload with its gold, after a time of its own that is the same in every run. */
export async function startSlowClaude(asked: readonly Asked[], medianMs: number): Promise<FakeClaude> {
  const golds = new Map<string, Gold[]>();
  for (const { question, sql, after } of asked) {
    const gold = { sql, ...(after !== undefined && { before: asked[after]?.question }) };
    golds.set(question, [...(golds.get(question) ?? []), gold]);
  }
  const claude = await FakeClaude.start({ limits: {}, keepRequests: 10 });
  return claude.answers((request: ClaudeRequest) => {
    const gold = goldFor(golds.get(request.question) ?? [], request.promptText);
    const reply = gold ? replies.sql(gold.sql) : replies.refusal('The workload holds no such question.');
    return replies.delay(medianMs * spread(request.question), reply);
  });
}

/** A follow-up is understood by its history: without the question before it in the prompt there is no answer. */
function goldFor(golds: readonly Gold[], prompt: string): Gold | undefined {
  const history = prompt.slice(Math.max(0, prompt.lastIndexOf(EARLIER)));
  return golds.find(({ before }) => before === undefined || history.includes(before));
}

/** Log-normal around 1, by the question's hash. */
function spread(question: string): number {
  const hash = createHash('sha256').update(question).digest();
  const [u, v] = [hash.readUInt32BE(0), hash.readUInt32BE(4)].map((part) => (part + 0.5) / 2 ** 32) as [number, number];
  return Math.exp(SPREAD * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v));
}
