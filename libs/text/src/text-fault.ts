/** What keeps a text out of the database, or undefined. PostgreSQL knows no NUL, UTF-8 no half of a surrogate pair. */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  if (/\p{Surrogate}/u.test(text)) return 'holds half of a surrogate pair, which is no character';
  return undefined;
}

/** Length in characters (code points), as the limits of the API count it. */
export function characterCount(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    if ((text.charCodeAt(index) & 0xfc00) !== 0xdc00) count++;
  }
  return count;
}
