/** Languages in which tables and columns get names, unless a data source names others. */
export const DEFAULT_LANGUAGES: readonly string[] = ['en', 'zh'];
/** Each costs a list for every column. */
export const MOST_LANGUAGES = 8;

/** What is wrong with the languages of a data source; null gives the default back. */
export function languagesFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of language tags, or null for en and zh';
  if (value.length > MOST_LANGUAGES) return `must hold at most ${MOST_LANGUAGES} tags`;
  const tags = value.map(languageTag);
  if (tags.includes(undefined)) return 'must hold BCP 47 tags such as "de" or "pt-BR"';
  return new Set(tags).size === tags.length ? undefined : 'must not name a language twice';
}

/** As CLDR writes it: `pt-br` is `pt-BR`. */
export function languagesOf(tags: readonly string[] | null | undefined): string[] {
  return (tags ?? DEFAULT_LANGUAGES).flatMap((tag) => languageTag(tag) ?? []);
}

/** Undefined for what is no tag, names no language (`und`), or asks for more than one (`x-…`, extensions). */
function languageTag(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 35) return undefined;
  try {
    const locale = new Intl.Locale(value);
    return locale.language === 'und' || locale.baseName !== locale.toString() ? undefined : locale.baseName;
  } catch {
    return undefined;
  }
}
