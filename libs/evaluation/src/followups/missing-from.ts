import type { Must } from './dialogues';

/** What of it the prompt does not hold. Case and spaces do not count, nor does how a quoted text is escaped. */
export function missingFrom(prompt: string, must: readonly Must[]): Must[] {
  const text = plain(prompt);
  return must.filter((each) => ![each].flat().some((one) => text.includes(plain(one))));
}

function plain(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\[nt]/g, ' ')
    .replace(/\\(["\\])/g, '$1')
    .replace(/\s+/g, ' ')
    .toLowerCase();
}
