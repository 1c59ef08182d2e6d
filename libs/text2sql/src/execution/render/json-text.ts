const BLANK = /[ \t\n\r]/;

/**
 * JSON as PostgreSQL printed it, without the blanks between tokens: a row must stay on one line of NDJSON. Not parsed,
 * so numbers keep every digit; no regular expression over the whole, which a string of megabytes would overflow.
 */
export function compactJson(text: string): string {
  if (!BLANK.test(text)) return text;
  let compact = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') at = endOfString(text, at);
    else if (BLANK.test(char)) {
      compact += text.slice(from, at);
      from = at + 1;
    }
  }
  return compact + text.slice(from);
}

/** Where the string that begins at `start` ends: at the next quote that no odd number of backslashes precedes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (text[first - 1] === '\\') first--;
    if ((quote - first) % 2 === 0) return quote;
  }
  return text.length;
}
