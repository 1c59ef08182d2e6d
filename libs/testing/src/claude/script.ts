import { type Reply, type Scripted, replyOf } from './reply';
import type { ClaudeRequest } from './request';

/** Which requests a rule is for. Text and patterns look at the question. */
export type Match =
  | string
  | RegExp
  | ((request: ClaudeRequest) => boolean)
  | { readonly purpose?: string; readonly model?: string; readonly question?: string | RegExp };

interface Rule {
  readonly matches: (request: ClaudeRequest) => boolean;
  readonly reply: Reply;
  left: number;
}

/** The purpose that unqualified scripts are for: background calls do not eat the replies of a question. */
const ANSWER = 'memori-answer-1';

/** What was ordered: one-shot replies first, then rules (the newest first), then the default. */
export class Script {
  private queue: Rule[] = [];
  private rules: Rule[] = [];
  private golds = new Map<string, string>();
  private fallback: Reply | undefined;

  next(scripted: Scripted, purpose: string = ANSWER): void {
    this.queue.push({
      matches: (request) => (request.purpose ?? ANSWER) === purpose,
      reply: replyOf(scripted),
      left: 1,
    });
  }

  rule(match: Match, scripted: Scripted, times: number): void {
    this.rules.unshift({ matches: matcher(match), reply: replyOf(scripted), left: times });
  }

  always(scripted: Scripted): void {
    this.fallback = replyOf(scripted);
  }

  gold(question: string, sql: string): void {
    this.golds.set(question, sql);
  }

  clear(): void {
    this.queue = [];
    this.rules = [];
    this.golds = new Map();
    this.fallback = undefined;
  }

  /** The reply for a request, taken off the script; undefined when nothing was ordered. */
  take(request: ClaudeRequest): Reply | undefined {
    const queued = this.queue.findIndex((rule) => rule.matches(request));
    if (queued >= 0) return this.queue.splice(queued, 1)[0]?.reply;
    const rule = this.rules.find((candidate) => candidate.left > 0 && candidate.matches(request));
    if (rule) {
      rule.left--;
      return rule.reply;
    }
    if ((request.purpose ?? ANSWER) !== ANSWER) return undefined;
    const gold = this.golds.get(request.question);
    return gold === undefined ? this.fallback : replyOf(gold);
  }
}

function matcher(match: Match): (request: ClaudeRequest) => boolean {
  if (typeof match === 'function') return match;
  if (typeof match === 'string' || match instanceof RegExp)
    return (request) => (request.purpose ?? ANSWER) === ANSWER && isSame(match, request.question);
  const { purpose, model, question } = match;
  return (request) =>
    (purpose === undefined || purpose === request.purpose) &&
    (model === undefined || model === request.model) &&
    (question === undefined || isSame(question, request.question));
}

function isSame(wanted: string | RegExp, actual: string): boolean {
  return typeof wanted === 'string' ? wanted === actual : wanted.test(actual);
}
