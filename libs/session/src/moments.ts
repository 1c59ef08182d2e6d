const ISO = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Reads a moment of the years 1 to 9999; without an offset it is UTC, whatever zone the process runs in. */
export function parseMoment(value: unknown): Date | undefined {
  if (value instanceof Date) return isInCalendar(value) ? value : undefined;
  const [, day, time, offset] = (typeof value === 'string' && ISO.exec(value)) || [];
  if (day === undefined || !isDay(day) || (offset && !time)) return undefined;
  const moment = new Date(`${day}${time ?? 'T00:00'}${offset ?? 'Z'}`);
  return isInCalendar(moment) ? moment : undefined;
}

function isInCalendar(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** JavaScript takes the 30th of February for the 1st of March. */
function isDay(day: string): boolean {
  const moment = new Date(`${day}T00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(day);
}
