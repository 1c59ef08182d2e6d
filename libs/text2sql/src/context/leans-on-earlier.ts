import type { Turn } from '@memori/session';

/** So few words hardly ever say by themselves what they are about. */
const FEW_WORDS = 6;
const ENGLISH =
  /\b(?:those|these|them|they|their|theirs|it|its|that|ones?|same|again|instead|as well|too|others?|both|either|back to|next|rest|previous|former|latter|remaining)\b/i;
const CHINESE =
  /那|这|它|他们|她|其中|其余|其他|其它|同样|呢|上面|上述|刚才|刚刚|之前|前面|再|换成|改成|改为|两者|都是/;
/** Questions before it that a question may lean on: what one refers to mostly stands in the last, or in what that leant on. */
const EARLIER = 2;

/** Whether a question seems to need those before it to be understood. It may be wrong: what it costs is a wider search. */
export function leansOnEarlier(question: string): boolean {
  const han = question.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = question.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  const isShort = han > 0 ? han <= FEW_WORDS * 2 : words <= FEW_WORDS;
  return isShort || ENGLISH.test(question) || CHINESE.test(question);
}

/** What memories are looked for by: the question, with those before it where it leans on them. */
export function recallQuery(question: string, history: readonly Pick<Turn, 'role' | 'content'>[]): string {
  if (!leansOnEarlier(question)) return question;
  const earlier = history.filter(({ role }) => role === 'user').slice(-EARLIER);
  return [question, ...earlier.map(({ content }) => content)].join('\n');
}
