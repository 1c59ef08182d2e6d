/** A day without a time or zone, as days since 1970-01-01. */
export type Day = number;

/** From `from` up to, not including, `to`. */
export interface DayRange {
  readonly from: Day;
  readonly to: Day;
}

export type Grain = 'day' | 'week' | 'month' | 'quarter' | 'half' | 'year';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function dayOf(year: number, month: number, day: number): Day {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / DAY_MS;
}

export function partsOf(day: Day): { readonly year: number; readonly month: number; readonly day: number } {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `2026-02-28`. */
export function isoDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** To make one takes a hundred times as long as to use it. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATS = 1000;

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  if (formats.size >= MOST_FORMATS) formats.clear();
  formats.set(timeZone, made);
  return made;
}

/** The day that it is at a moment in an IANA time zone. */
export function dayIn(moment: Date, timeZone: string): Day {
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return dayOf(parts['year'] ?? 1970, parts['month'] ?? 1, parts['day'] ?? 1);
}

/** Farthest that a clock on the wall is from UTC. */
const FARTHEST_MS = 15 * 3_600_000;

/** When a day begins in an IANA time zone, to the minute: the first moment at which it is that day there. */
export function dayStart(day: Day, timeZone: string): Date {
  const inUtc = day * DAY_MS;
  if (timeZone === 'UTC') return new Date(inUtc);
  let [before, after] = [inUtc - FARTHEST_MS, inUtc + FARTHEST_MS];
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (dayIn(new Date(middle), timeZone) >= day) after = middle;
    else before = middle;
  }
  return new Date(after);
}

const LONGEST_DAY_MS = 26 * 3_600_000;

/** Milliseconds until the day ends that it is at a moment in an IANA time zone; to the millisecond. */
export function msToMidnight(moment: Date, timeZone: string): number {
  const today = dayIn(moment, timeZone);
  const isOver = (ms: number) => dayIn(new Date(moment.getTime() + ms), timeZone) !== today;
  let [before, after] = [0, LONGEST_DAY_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isOver(middle)) after = middle;
    else before = middle;
  }
  return after;
}

/** 0 is Monday. */
export function weekday(day: Day): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The same day so many months later; the last of the month where it has no such day. */
export function addMonths(day: Day, months: number): Day {
  const { year, month, day: dayOfMonth } = partsOf(day);
  const first = dayOf(year, month + months, 1);
  const { year: y, month: m } = partsOf(first);
  return Math.min(dayOf(y, m, dayOfMonth), dayOf(y, m + 1, 1) - 1);
}

const MONTHS: Record<Exclude<Grain, 'day' | 'week'>, number> = { month: 1, quarter: 3, half: 6, year: 12 };

/** The whole week (from Monday), month, quarter, half-year or year that holds a day, or one so many of them away. */
export function unitAround(day: Day, grain: Grain, away = 0): DayRange {
  if (grain === 'day') return { from: day + away, to: day + away + 1 };
  if (grain === 'week') {
    const monday = day - weekday(day) + 7 * away;
    return { from: monday, to: monday + 7 };
  }
  const length = MONTHS[grain];
  const { year, month } = partsOf(day);
  const first = Math.floor((month - 1) / length) * length + 1 + away * length;
  return { from: dayOf(year, first, 1), to: dayOf(year, first + length, 1) };
}

/** So many days, weeks, months … back from the day after `today`: today is one of them. */
export function rolling(today: Day, count: number, grain: Grain): DayRange {
  const to = today + 1;
  if (grain === 'day') return { from: to - count, to };
  if (grain === 'week') return { from: to - 7 * count, to };
  return { from: addMonths(to, -count * MONTHS[grain]), to };
}
