import { indexTokens, momentsOf, periodsIn } from '@memori/text';

/** What a question says about when: stretches of time, and events before or after which something was said. */
export interface QuestionTime {
  readonly frames: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly anchors: readonly TimeAnchor[];
}

/** "before we moved": the turn that tells of the event is found by its words. */
export interface TimeAnchor {
  readonly side: 'before' | 'after';
  readonly terms: readonly string[];
}

export const ANY_TIME: QuestionTime = { frames: [], anchors: [] };

const ENGLISH_ANCHOR =
  /\b(before|after|since)\s+((?:(?:i|we|you|he|she|they|it|[A-Z]\p{L}+)\s+\p{L}+|(?:the|my|our|his|her|their)\s+\p{L}+)[^,.?;]*)/gu;
const CHINESE_ANCHOR = /(?:在)?([^，。？！、,.?!\s]{2,14}?)(之前|以前|之后|以后)/gu;
/** 三天之前 is a stretch of time, 上线之前 an event. */
const COUNTED_TIME = /(?:^|[\d一二两三四五六七八九十几半])(?:个)?(?:天|日|周|星期|月|年|小时|分钟)$|^\d+$/u;

/** Resolves the time expressions of a question in English or Chinese for the moment at which it is asked. */
export function questionTime(question: string, atMs: number, timeZone: string): QuestionTime {
  const frames = periodsIn(question, new Date(atMs), timeZone).map((period) => {
    const { from, to } = momentsOf(period, timeZone);
    return { fromMs: from.getTime(), toMs: to.getTime() };
  });
  return { frames, anchors: anchorsIn(question) };
}

function anchorsIn(question: string): TimeAnchor[] {
  const english = [...question.matchAll(ENGLISH_ANCHOR)].map(([, word = '', event = '']) => ({
    side: word.toLowerCase() === 'before' ? ('before' as const) : ('after' as const),
    terms: indexTokens(event),
  }));
  const chinese = [...question.matchAll(CHINESE_ANCHOR)].flatMap(([, event = '', word = '']) =>
    COUNTED_TIME.test(event)
      ? []
      : [{ side: word.endsWith('前') ? ('before' as const) : ('after' as const), terms: indexTokens(event) }],
  );
  return [...english, ...chinese].filter(({ terms }) => terms.length > 0);
}
