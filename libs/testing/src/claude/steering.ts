import { type Reply, replies } from './reply';
import type { ClaudeRequest } from './request';

interface Steering {
  /** As people read it. */
  readonly words: string;
  readonly pattern: RegExp;
  readonly does: string;
  readonly reply: (request: ClaudeRequest, answer: () => Reply) => Reply;
}

const first = (request: ClaudeRequest) => request.attempt % 2 === 1;
const onceThen = (reply: () => Reply) => (request: ClaudeRequest, answer: () => Reply) =>
  first(request) ? reply() : answer();
const always = (reply: () => Reply) => reply;

/** Words in a question that choose what the fake does. The first entry that matches wins. */
export const STEERINGS: readonly Steering[] = [
  {
    words: 'always 429 · 一直限流',
    pattern: /\balways 429\b|一直限流/i,
    does: '429 with retry-after 2, every time: the question waits until it times out',
    reply: always(() => replies.rateLimited({ retryAfterSeconds: 2 })),
  },
  {
    words: '429 · rate limit · 限流',
    pattern: /\b429\b|\brate limit|限流/i,
    does: '429 with retry-after 2, then an answer: shows 202 and the waiting line',
    reply: onceThen(() => replies.rateLimited({ retryAfterSeconds: 2 })),
  },
  {
    words: 'spend limit · 消费上限',
    pattern: /\bspend(ing)? limit\b|消费上限/i,
    does: '429 without retry-after: the account has reached its cap',
    reply: always(() => replies.spendLimit()),
  },
  {
    words: 'overloaded · 529 · 过载',
    pattern: /\boverloaded\b|\b529\b|过载/i,
    does: '529, then an answer',
    reply: onceThen(() => replies.overloaded()),
  },
  {
    words: 'server error · 服务器错误',
    pattern: /\bserver error\b|服务器错误/i,
    does: '500, then an answer',
    reply: onceThen(() => replies.serverError()),
  },
  {
    words: 'clarify · ambiguous · 澄清',
    pattern: /\bclarify\b|\bambiguous\b|澄清/i,
    does: 'asks back with two options',
    reply: (request) =>
      isChinese(request.question)
        ? replies.clarification('[simulated] 您指的是哪一个?', ['按金额', '按数量'])
        : replies.clarification('[simulated] Which one do you mean?', ['by amount', 'by quantity']),
  },
  {
    words: 'provider refusal · 模型拒绝',
    pattern: /\bprovider refus|模型拒绝/i,
    does: 'stop_reason refusal, as the provider’s classifiers give it',
    reply: always(() => replies.stopRefusal()),
  },
  {
    words: 'refuse · 拒绝',
    pattern: /\brefuse\b|拒绝/i,
    does: 'a refusal with a reason',
    reply: (request) =>
      replies.refusal(
        isChinese(request.question)
          ? '[simulated] 数据库里没有相关数据。'
          : '[simulated] The database holds nothing about this.',
      ),
  },
  {
    words: 'slow · slow 20 · 慢慢',
    pattern: /\bslow\b|慢慢/i,
    does: 'answers after 5 seconds (or as many as the number says)',
    reply: (request, answer) => replies.delay(slowMs(request.question), answer()),
  },
  { words: 'hang · 挂起', pattern: /\bhang\b|挂起/i, does: 'never answers', reply: always(() => replies.hang()) },
  {
    words: 'broken stream · 断流',
    pattern: /\bbroken stream\b|断流/i,
    does: 'the connection breaks in the middle of the first reply, then an answer',
    reply: onceThen(() => replies.brokenStream()),
  },
  {
    words: 'broken json · 坏JSON',
    pattern: /\bbroken json\b|坏 ?json/i,
    does: 'half a JSON document',
    reply: always(() => replies.brokenJson()),
  },
  {
    words: 'prose · 散文',
    pattern: /\bprose\b|散文/i,
    does: 'plain words instead of JSON',
    reply: always(() => replies.prose()),
  },
  {
    words: 'empty reply · 空回复',
    pattern: /\bempty reply\b|空回复/i,
    does: 'an empty text',
    reply: always(() => replies.empty()),
  },
  {
    words: 'max tokens · 截断',
    pattern: /\bmax[ _]tokens\b|截断/i,
    does: 'a reply cut off at max_tokens',
    reply: always(() => replies.maxTokens()),
  },
  {
    words: 'bad sql · 错误SQL',
    pattern: /\bbad sql\b|错误 ?sql/i,
    does: 'a column that does not exist, then (in the repair round) a right answer',
    reply: onceThen(() => replies.sql('SELECT no_such_column FROM no_such_table')),
  },
  {
    words: 'delete everything · 全部删除',
    pattern: /\bdelete everything\b|全部删除/i,
    does: 'SQL that writes, in every round: the guard refuses it',
    reply: always(() => replies.sql('DELETE FROM pg_catalog.pg_class')),
  },
];

export function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

function slowMs(question: string): number {
  const seconds = /\bslow (\d{1,3})\b/i.exec(question)?.[1] ?? '5';
  return Number(seconds) * 1000;
}
