import { parseMoment } from '@memori/session';

const DAY_MS = 86_400_000;
const PARTIAL = /^(\d{4})(?:-(\d{2}))?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A date as a model writes it: a year, a month, a day or a moment. As the beginning of a span it is its first moment, as
 * its end the first one after it. Undefined: no date.
 */
export function factDate(text: string | null, edge: 'from' | 'to'): Date | undefined {
  const plain = (text ?? '').trim();
  const [, year, month] = PARTIAL.exec(plain) ?? [];
  if (year !== undefined) return partial(Number(year), month === undefined ? undefined : Number(month), edge);
  const moment = parseMoment(plain);
  if (!moment || edge === 'from' || !DAY.test(plain)) return moment;
  return parseMoment(new Date(moment.getTime() + DAY_MS));
}

function partial(year: number, month: number | undefined, edge: 'from' | 'to'): Date | undefined {
  if (month !== undefined && (month < 1 || month > 12)) return undefined;
  const after = edge === 'to' ? 1 : 0;
  const moment = new Date(0);
  if (month === undefined) moment.setUTCFullYear(year + after, 0, 1);
  else moment.setUTCFullYear(year, month - 1 + after, 1);
  return parseMoment(moment);
}
