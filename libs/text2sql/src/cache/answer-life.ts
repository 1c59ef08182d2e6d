import { msToMidnight, normaliseNumerals, periodsIn } from '@memori/text';

const YEAR = '(?:19|20)\\d\\d';
/** `2024`, `2024-03`, `2024-03-05`, `20240305`. */
const DATES = new RegExp(`(?<![\\d.])${YEAR}(?:-\\d{1,2}(?:-\\d{1,2})?|\\d{4})?(?![\\d.])`, 'g');
const TIMES = /(?<!\d)\d{1,2}:\d\d(?::\d\d)?/g;
const DAY_EDGE = /^(?:0?0:00(?::00)?|24:00(?::00)?|23:59(?::59)?)$/;
/** Seconds or milliseconds since 1970. */
const EPOCHS = /(?<!\d)1\d{9}(?:\d{3})?(?!\d)/g;
const PARTS_OF_TODAY = /\b(?:extract|date_part|to_char|make_date|make_timestamp(?:tz)?)\s*\(/i;

/**
 * How long SQL goes on meaning what its question asks, in milliseconds from the moment that the model was told as "now".
 * 0: it holds a moment, perhaps of just now, that the question does not name. Until midnight for its asker: the question has
 * a period that moves with the day, or the SQL a date that the question does not name. Infinity: it depends on no day.
 * When in doubt the shorter life: that costs a call, the longer a wrong answer.
 */
export function answerLifeMs(question: string, sql: string, now: Date, timeZone: string): number {
  const asked = normaliseNumerals(question);
  const isNamed = (text: string) => asked.includes(text);
  if (found(TIMES, sql).some((time) => !DAY_EDGE.test(time) && !isNamed(time))) return 0;
  if (found(EPOCHS, sql).some((epoch) => !isNamed(epoch))) return 0;
  const periods = periodsIn(question, now, timeZone);
  const isRelative = periods.some(({ phrase }) => !new RegExp(YEAR).test(phrase));
  const dates = new Set([...found(DATES, asked), ...periods.flatMap(edgesOf)]);
  const hasOwnDate = found(DATES, sql).some((date) => !dates.has(date));
  return isRelative || hasOwnDate || PARTS_OF_TODAY.test(sql) ? msToMidnight(now, timeZone) : Infinity;
}

/** What a date or year of the SQL may be when it only writes out an absolute period. */
function edgesOf({ from, to }: { readonly from: string; readonly to: string }): string[] {
  const last = new Date(Date.parse(to) - 86_400_000).toISOString().slice(0, 10);
  return [from, to, last, from.slice(0, 4)];
}

function found(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match);
}
