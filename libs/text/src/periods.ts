import {
  addMonths,
  dayIn,
  dayOf,
  dayStart,
  isoDay,
  partsOf,
  rolling,
  unitAround,
  weekday,
  type Day,
  type DayRange,
  type Grain,
} from './calendar';
import { normaliseNumerals } from './numerals';

/** A time expression of a question, resolved for its asker: days from `from` up to, not including, `to`. */
export interface Period {
  /** As it stands in the question, numerals normalised. */
  readonly phrase: string;
  /** ISO dates. */
  readonly from: string;
  readonly to: string;
}

type Resolve = (match: RegExpExecArray, today: Day, soFar: readonly DayRange[]) => DayRange | undefined;
type Rule = readonly [pattern: RegExp, resolve: Resolve];

const ENGLISH_GRAINS: Record<string, Grain> = {
  day: 'day',
  week: 'week',
  month: 'month',
  quarter: 'quarter',
  year: 'year',
};
const CHINESE_GRAINS: [RegExp, Grain][] = [
  [/^(?:天|日)/, 'day'],
  [/^(?:周|週|星期|礼拜|禮拜)/, 'week'],
  [/^(?:月)/, 'month'],
  [/^季/, 'quarter'],
  [/^(?:年)/, 'year'],
];
const MONTH_NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WEEKDAY = `(${WEEKDAYS.join('|')})`;
const NUMBER_WORDS: Record<string, number> = {
  a: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12,
  thirty: 30,
  ninety: 90,
};
const COUNT = `(\\d{1,4}|${Object.keys(NUMBER_WORDS).join('|')})`;
const ORDINALS: Record<string, number> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  last: 4,
  '1st': 1,
  '2nd': 2,
  '3rd': 3,
  '4th': 4,
};
const ORDINAL = `(${Object.keys(ORDINALS).join('|')})`;
const CHINESE_UNIT = '(天|日|周|週|星期|礼拜|禮拜|月|季度?|年)';
const YEAR = '((?:19|20)\\d\\d)';
/** 去年, 2024年, …: the year that a Chinese phrase begins with. */
const CHINESE_YEAR = `(?:(去年|今年|前年|明年|本年|${YEAR}年)的?)?`;

const english = (pattern: string, resolve: Resolve): Rule => [
  new RegExp(`(?<![\\w-])${pattern}(?![\\w-])`, 'giu'),
  resolve,
];
const chinese = (pattern: string, resolve: Resolve): Rule => [new RegExp(pattern, 'gu'), resolve];

/** The longer reading of the same words comes first: what one rule took, no later rule sees. */
const RULES: readonly Rule[] = [
  // One period beside another: a year before what the question names, else before this year so far.
  chinese('去年同期|上年同期', (_m, today, soFar) => shifted(soFar[0] ?? toDate(today, 'year'), -12)),
  english('(?:the )?same (?:period|time)(?: of)? (?:last|the previous) year', (_m, today, soFar) =>
    shifted(soFar[0] ?? toDate(today, 'year'), -12),
  ),
  chinese('上(?:个|個)?月同期', (_m, today, soFar) => shifted(soFar[0] ?? toDate(today, 'month'), -1)),

  // So far.
  english('(?:year[- ]to[- ]date|ytd|(?:so far )?this year so far|so far this year)', (_m, today) =>
    toDate(today, 'year'),
  ),
  english('(?:quarter[- ]to[- ]date|qtd|so far this quarter|this quarter so far)', (_m, today) =>
    toDate(today, 'quarter'),
  ),
  english('(?:month[- ]to[- ]date|mtd|so far this month|this month so far)', (_m, today) => toDate(today, 'month')),
  english('(?:week[- ]to[- ]date|wtd|so far this week|this week so far)', (_m, today) => toDate(today, 'week')),
  chinese('(?:今年|本年度?|年初)(?:以来|以來|至今|到现在|到現在)', (_m, today) => toDate(today, 'year')),
  chinese('(?:本季度?|这个?季度)(?:以来|以來|至今|到现在)', (_m, today) => toDate(today, 'quarter')),
  chinese('(?:本月|这个月|這個月|月初)(?:以来|以來|至今|到现在|到現在)', (_m, today) => toDate(today, 'month')),
  chinese('(?:本周|这周|這週|本週)(?:以来|以來|至今|到现在)', (_m, today) => toDate(today, 'week')),

  // Days, months, quarters that are named.
  english(`${YEAR}-(\\d\\d)-(\\d\\d)`, ([, y, m, d]) => date(Number(y), Number(m), Number(d))),
  chinese(`${YEAR}年(\\d{1,2})月(\\d{1,2})(?:日|号|號)`, ([, y, m, d]) => date(Number(y), Number(m), Number(d))),
  chinese('(?<!\\d)(\\d{1,2})月(\\d{1,2})(?:日|号|號)', ([, m, d], today) =>
    latest(today, (year) => date(year, Number(m), Number(d))),
  ),
  english(`${MONTH}\\.? (\\d{1,2})(?:st|nd|rd|th)?,? ${YEAR}`, ([, m, d, y]) => date(Number(y), monthOf(m), Number(d))),
  english(`(\\d{1,2})(?:st|nd|rd|th)? (?:of )?${MONTH}\\.?,? ${YEAR}`, ([, d, m, y]) =>
    date(Number(y), monthOf(m), Number(d)),
  ),
  english(`${MONTH}\\.?,? (?:of )?${YEAR}`, ([, m, y]) => month(Number(y), monthOf(m))),
  english(`${YEAR}-(0[1-9]|1[0-2])`, ([, y, m]) => month(Number(y), Number(m))),
  english(`(?:last|this|next) ${MONTH}`, (match, today) =>
    month(yearWord(match[0], match[1], today), monthOf(match[1])),
  ),
  english(`${ORDINAL} quarter(?: of| in)? ${YEAR}`, ([, o, y]) =>
    quarter(Number(y), ORDINALS[String(o).toLowerCase()]),
  ),
  english(`${ORDINAL} quarter(?: of| in)? (last|this|next) year`, ([, o, w], today) =>
    quarter(yearOf(today) + step(w), ORDINALS[String(o).toLowerCase()]),
  ),
  english(`q([1-4])(?: of)?[ -/']?${YEAR}`, ([, q, y]) => quarter(Number(y), Number(q))),
  english(`${YEAR}[ -]?q([1-4])`, ([, y, q]) => quarter(Number(y), Number(q))),
  english(`q([1-4])(?: of)? (last|this|next) year`, ([, q, w], today) => quarter(yearOf(today) + step(w), Number(q))),
  chinese(`(去年|今年|前年|明年|本年|${YEAR}年)的?Q([1-4])`, ([, word = '', y, q], today) =>
    quarter(chineseYear(word, y, today), Number(q)),
  ),
  english('q([1-4])', ([, q], today) => latest(today, (year) => quarter(year, Number(q)))),
  english(`(?:the )?(first|second) half(?: of| in)? ${YEAR}`, ([, h, y]) =>
    half(Number(y), ORDINALS[String(h).toLowerCase()]),
  ),
  english('(?:the )?(first|second) half(?: of| in)? (last|this|the) year', ([, h, w], today) =>
    half(yearOf(today) + step(w), ORDINALS[String(h).toLowerCase()]),
  ),
  english(`h([12])[ -/']?${YEAR}`, ([, h, y]) => half(Number(y), Number(h))),
  chinese(`${CHINESE_YEAR}第?([1-4])季度?`, ([, word, y, q], today) =>
    word ? quarter(chineseYear(word, y, today), Number(q)) : latest(today, (year) => quarter(year, Number(q))),
  ),
  chinese(`${CHINESE_YEAR}(上|下)半年`, ([, word, y, h], today) =>
    half(word ? chineseYear(word, y, today) : yearOf(today), h === '上' ? 1 : 2),
  ),
  chinese(`${CHINESE_YEAR}(?<!\\d)(1[0-2]|0?[1-9])月(?:份|度)?(?!\\d)`, ([, word, y, m], today) =>
    word ? month(chineseYear(word, y, today), Number(m)) : latest(today, (year) => month(year, Number(m))),
  ),

  // The last so many.
  english(
    `(?:the )?(?:last|past|previous|trailing|recent|most recent) ${COUNT} (day|week|month|quarter|year)s?`,
    ([, n, unit], today) => rolling(today, countOf(n), grainOf(unit)),
  ),
  english('(?:the )?(?:past|trailing) (day|week|month|quarter|year)', ([, unit], today) =>
    rolling(today, 1, grainOf(unit)),
  ),
  english(`${COUNT} (day|week|month|quarter|year)s? ago`, ([, n, unit], today) =>
    unitAround(today, grainOf(unit), -countOf(n)),
  ),
  chinese(
    `(?:最近|过去|過去|近|前)的?(\\d{1,4})(?:个|個)?${CHINESE_UNIT}(?:内|內|里|间|來|来)?`,
    ([, n, unit], today) => rolling(today, Number(n), chineseGrain(unit)),
  ),
  chinese('(?:最近|过去|過去|近)(?:半)年', (_m, today) => rolling(today, 6, 'month')),
  chinese(`(\\d{1,4})(?:个|個)?${CHINESE_UNIT}(?:以)?前(?!的\\d)`, ([, n, unit], today) =>
    unitAround(today, chineseGrain(unit), -Number(n)),
  ),

  // This, the last, the next.
  english(`(?:the )?(last|this|current|previous|prior|next) (week|month|quarter|year)`, ([, w, unit], today) =>
    unitAround(today, grainOf(unit), step(w)),
  ),
  english('(?:the )?(?:week|month) before last', ([phrase], today) =>
    unitAround(today, /week/i.test(phrase) ? 'week' : 'month', -2),
  ),
  english(`last ${WEEKDAY}`, ([, name], today) => lastWeekday(today, name)),
  english('the day before yesterday', (_m, today) => unitAround(today, 'day', -2)),
  english('yesterday', (_m, today) => unitAround(today, 'day', -1)),
  english('today', (_m, today) => unitAround(today, 'day')),
  english('tomorrow', (_m, today) => unitAround(today, 'day', 1)),
  chinese(
    '(上上|上|本|这|這|下)(?:一)?(?:个|個)?(?:周|週|星期|礼拜|禮拜)([1-6一二三四五六日天])(?!\\d|天)',
    ([, w, d], today) => dayOfWeek(today, chineseStep(w), d),
  ),
  chinese(
    '(上上|上|本|这|這|当|當|下)(?:1|一)?(?:个|個)?(周|週|星期|礼拜|禮拜|月|季度?)(?!末|份|度)',
    ([, w, unit], today) => unitAround(today, chineseGrain(unit), chineseStep(w)),
  ),
  chinese('大前天', (_m, today) => unitAround(today, 'day', -3)),
  chinese('前天', (_m, today) => unitAround(today, 'day', -2)),
  chinese('昨[天日]', (_m, today) => unitAround(today, 'day', -1)),
  chinese('今[天日]|当天', (_m, today) => unitAround(today, 'day')),
  chinese('明[天日]', (_m, today) => unitAround(today, 'day', 1)),
  chinese(`${YEAR}年(?:全年|度)?`, ([, y]) => year(Number(y))),
  chinese('前年', (_m, today) => unitAround(today, 'year', -2)),
  chinese('去年(?:全年|度)?|上1?年度', (_m, today) => unitAround(today, 'year', -1)),
  chinese('(?:今年|本年)(?:全年|度)?', (_m, today) => unitAround(today, 'year')),
  chinese('明年', (_m, today) => unitAround(today, 'year', 1)),
  english(`(?:in|during|for|of|since|before|after|until|year) ${YEAR}`, ([, y]) => year(Number(y))),
];

/** When a period begins and ends in an IANA time zone. */
export function momentsOf({ from, to }: Pick<Period, 'from' | 'to'>, timeZone: string): { from: Date; to: Date } {
  const start = (iso: string) => dayStart(Date.parse(iso) / 86_400_000, timeZone);
  return { from: start(from), to: start(to) };
}

/**
 * The time expressions of a question in English or Chinese, in their order, with the days that they stand for now in the
 * asker's zone. Weeks begin on Monday. "The last 7 days" ends with today; "last month" is the calendar month before this
 * one; a month or quarter without a year is the latest that has begun. What is not certain is left out.
 */
export function periodsIn(question: string, now: Date, timeZone: string): Period[] {
  const text = normaliseNumerals(question);
  const today = dayIn(now, timeZone);
  const found: { at: number; end: number; range: DayRange; phrase: string }[] = [];
  // A phrase that leans on another one is resolved last.
  for (const [pattern, resolve] of [...RULES.slice(LEANING), ...RULES.slice(0, LEANING)]) {
    for (const match of taken(text, found, pattern)) {
      const range = resolve(
        match,
        today,
        found.sort((a, b) => a.at - b.at).map((each) => each.range),
      );
      if (range) found.push({ at: match.index, end: match.index + match[0].length, range, phrase: match[0].trim() });
    }
  }
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ phrase, range }) => ({ phrase, from: isoDay(range.from), to: isoDay(range.to) }));
}

/** The rules at the beginning of the list that look at other periods. */
const LEANING = 3;

function* taken(
  text: string,
  found: readonly { at: number; end: number }[],
  pattern: RegExp,
): Iterable<RegExpExecArray> {
  const reserved = LEANING_PHRASES.flatMap((each) => [...text.matchAll(each)]).map((m) => ({
    at: m.index,
    end: m.index + m[0].length,
  }));
  const isLeaning = LEANING_PHRASES.includes(pattern);
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const spans = isLeaning ? found : [...found, ...reserved];
    if (!spans.some((span) => match.index < span.end && span.at < end)) yield match;
  }
}

const LEANING_PHRASES: readonly RegExp[] = RULES.slice(0, LEANING).map(([pattern]) => pattern);

function toDate(today: Day, grain: Grain): DayRange {
  return { from: unitAround(today, grain).from, to: today + 1 };
}

/** The same days so many months away; a whole month stays one. */
function shifted({ from, to }: DayRange, months: number): DayRange {
  return { from: addMonths(from, months), to: addMonths(to, months) };
}

/** Of this year, or of the one before when it has not begun yet. */
function latest(today: Day, inYear: (year: number) => DayRange | undefined): DayRange | undefined {
  const now = inYear(yearOf(today));
  return now && now.from > today ? inYear(yearOf(today) - 1) : now;
}

function yearOf(day: Day): number {
  return partsOf(day).year;
}

function year(y: number): DayRange {
  return { from: dayOf(y, 1, 1), to: dayOf(y + 1, 1, 1) };
}

function half(y: number, h = 1): DayRange {
  return { from: dayOf(y, 6 * h - 5, 1), to: dayOf(y, 6 * h + 1, 1) };
}

function quarter(y: number, q = 1): DayRange {
  return { from: dayOf(y, 3 * q - 2, 1), to: dayOf(y, 3 * q + 1, 1) };
}

function month(y: number, m: number): DayRange {
  return { from: dayOf(y, m, 1), to: dayOf(y, m + 1, 1) };
}

/** Undefined for a day that no calendar has. */
function date(y: number, m: number, d: number): DayRange | undefined {
  const day = dayOf(y, m, d);
  const parts = partsOf(day);
  return parts.month === m && parts.day === d ? { from: day, to: day + 1 } : undefined;
}

function monthOf(name = ''): number {
  return MONTH_NAMES.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

/** "Last March" in November is this year's; in February, last year's. */
function yearWord(phrase: string, name: string | undefined, today: Day): number {
  const { year: y, month: m } = partsOf(today);
  const asked = monthOf(name);
  if (/^last/i.test(phrase)) return asked < m ? y : y - 1;
  return /^next/i.test(phrase) && asked <= m ? y + 1 : y;
}

function step(word = ''): number {
  if (/^(?:last|previous|prior)$/i.test(word)) return -1;
  return /^next$/i.test(word) ? 1 : 0;
}

function chineseStep(word = ''): number {
  return word === '上上' ? -2 : word === '上' ? -1 : word === '下' ? 1 : 0;
}

function chineseYear(word: string, digits: string | undefined, today: Day): number {
  if (digits) return Number(digits);
  const away: Record<string, number> = { 去: -1, 前: -2, 明: 1 };
  return yearOf(today) + (away[word.charAt(0)] ?? 0);
}

function lastWeekday(today: Day, name = ''): DayRange {
  const back = (weekday(today) - WEEKDAYS.indexOf(name.toLowerCase()) + 7) % 7 || 7;
  return unitAround(today, 'day', -back);
}

function dayOfWeek(today: Day, weeks: number, name = ''): DayRange {
  const at = '一二三四五六'.includes(name) ? '一二三四五六'.indexOf(name) : /\d/.test(name) ? Number(name) - 1 : 6;
  return unitAround(unitAround(today, 'week', weeks).from + at, 'day');
}

function countOf(text = ''): number {
  return NUMBER_WORDS[text.toLowerCase()] ?? Number(text);
}

function grainOf(unit = ''): Grain {
  return ENGLISH_GRAINS[unit.toLowerCase()] ?? 'day';
}

function chineseGrain(unit = ''): Grain {
  return CHINESE_GRAINS.find(([pattern]) => pattern.test(unit))?.[1] ?? 'day';
}
