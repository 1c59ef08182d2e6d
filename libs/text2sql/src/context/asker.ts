import { languageOf, localMoment } from '@memori/text';

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** `Monday, 2026-11-23, 13:05 in Asia/Shanghai`: what "today" and "last month" are for the asker. */
export function nowFor(now: Date, timeZone: string): string {
  const { weekday, date, time } = localMoment(now, timeZone);
  return `${weekday}, ${date}, ${time} in ${timeZone}`;
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
