import { languageOf } from '@memori/text';

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
const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** `Monday, 2026-11-23, 13:05 in Asia/Shanghai`: what "today" and "last month" are for the asker. */
export function nowFor(now: Date, timeZone: string): string {
  const parts = formatFor(timeZone).formatToParts(now);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${part.weekday}, ${part.year}-${part.month}-${part.day}, ${part.hour}:${part.minute} in ${timeZone}`;
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

/** The language that text for people is asked for, in words for the model. */
export function languageInstruction(question: string, language: string | undefined): string {
  if (language) return `Write text for people in ${languageName(language)}.`;
  const detected = languageOf(question);
  const name = detected ? ` (${languageName(detected)})` : '';
  return `Write text for people in the language of the question${name}.`;
}

/** Whether it is a BCP 47 tag. */
export function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function languageName(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
