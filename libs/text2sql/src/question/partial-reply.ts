import { toUSVString } from 'node:util';

/** Texts of a reply that may be shown before it is whole, and where they stand in the answer. SQL is none of them. */
const SHOWN: Readonly<Record<string, string>> = {
  explanation: '/explanation',
  clarificationQuestion: '/clarification/question',
  refusalReason: '/refusal/reason',
};

/** A text as far as it is there. */
export interface PartialText {
  readonly path: string;
  readonly text: string;
}

const STRING = /"((?:[^"\\]|\\.)*)("?)/sy;
const BETWEEN = /[\s,:{]*/y;
/** Numbers, true, false, null. */
const BARE = /[^\s,"{}[\]]+/y;

/** Reads the beginning of a JSON object as it streams in. What is not understood is not shown. */
export function partialTexts(json: string): PartialText[] {
  const texts: PartialText[] = [];
  let at = 0;
  const take = (form: RegExp) => {
    form.lastIndex = at;
    const match = form.exec(json);
    if (match) at = form.lastIndex;
    return match;
  };
  for (;;) {
    take(BETWEEN);
    const key = take(STRING);
    if (!key?.[2]) return texts;
    take(BETWEEN);
    const value = take(STRING);
    const path = Object.hasOwn(SHOWN, key[1] ?? '') ? SHOWN[key[1] ?? ''] : undefined;
    if (value && path !== undefined) texts.push({ path, text: decoded(value[1] ?? '') });
    if (value ? !value[2] : !(take(BARE) ?? skipped(json, at, (end) => (at = end)))) return texts;
  }
}

/** Past a list or an object; false where it has not ended yet. */
function skipped(json: string, from: number, moveTo: (end: number) => void): boolean {
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') {
      STRING.lastIndex = at;
      if (!STRING.exec(json)?.[2]) return false;
      at = STRING.lastIndex - 1;
    } else if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    if (depth > 0) continue;
    moveTo(at + 1);
    return depth === 0 && at > from;
  }
  return false;
}

/** Without an escape, or half of a character, that is still to come. PostgreSQL keeps no NUL. */
function decoded(raw: string): string {
  const whole = raw.replace(/\\u[0-9a-f]{0,3}$/i, '');
  const text = JSON.parse(`"${whole.replace(/[\0-\x1f]/g, ' ')}"`) as string;
  return toUSVString(text.replace(/[\ud800-\udbff]$/, '')).replaceAll('\0', '');
}
