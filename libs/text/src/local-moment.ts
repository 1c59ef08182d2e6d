/** A moment as a clock on the wall of some place shows it. */
export interface LocalMoment {
  /** In English: "Monday". */
  readonly weekday: string;
  /** `2024-03-05` */
  readonly date: string;
  /** `13:05` */
  readonly time: string;
}

/** Whether the runtime knows the zone by that name: IANA names, nothing relative. */
export function isTimeZone(name: string): boolean {
  // Intl also takes offsets such as "+05", which PostgreSQL reads with the opposite sign.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatFor(name);
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws {RangeError} the runtime does not know the time zone */
export function localMoment(moment: Date, timeZone: string): LocalMoment {
  const parts = formatFor(timeZone).formatToParts(moment);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  const date = `${part.year}-${part.month}-${part.day}`;
  return { weekday: String(part.weekday), date, time: `${part.hour}:${part.minute}` };
}

/** Making one costs more than all the rest of a prompt; there are not more of them than spellings of time zones. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(timeZone, format);
  return format;
}
