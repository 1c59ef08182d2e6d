import type { ViolationCode } from './guard-verdict';
import { MAX_SQL_CHARACTERS } from './limits';

export interface TextProblem {
  code: ViolationCode;
  message: string;
  position?: number;
}

/** Problems that need no parser: nothing there, too long, characters that no PostgreSQL text can hold. */
export function textProblem(sql: string): TextProblem | undefined {
  if (/^[\s;]*$/u.test(sql)) return { code: 'empty', message: 'There is no statement.' };
  const length = codePoints(sql);
  if (length > MAX_SQL_CHARACTERS) {
    return {
      code: 'too-complex',
      message: `The SQL has ${length} characters; at most ${MAX_SQL_CHARACTERS} are allowed.`,
    };
  }
  const nul = sql.indexOf('\0');
  if (nul >= 0) return unreadable('a NUL byte', codePoints(sql.slice(0, nul)));
  const surrogate = loneSurrogate(sql);
  return surrogate === undefined ? undefined : unreadable('half of a surrogate pair', surrogate);
}

function unreadable(what: string, before: number): TextProblem {
  return {
    code: 'syntax-error',
    message: `The SQL holds ${what}, which no PostgreSQL text can hold.`,
    position: before + 1,
  };
}

function loneSurrogate(sql: string): number | undefined {
  const match = /\p{Surrogate}/u.exec(sql);
  return match === null ? undefined : codePoints(sql.slice(0, match.index));
}

/** Length in characters as PostgreSQL and people count them. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Turns libpg-query's byte offsets into 1-based characters. */
export class Positions {
  private readonly bytes: Buffer;

  constructor(sql: string) {
    this.bytes = Buffer.from(sql, 'utf8');
  }

  ofByte(offset: number): number {
    return codePoints(this.bytes.toString('utf8', 0, offset)) + 1;
  }

  /** The text before a byte offset. */
  textUntil(offset: number): string {
    return this.bytes.toString('utf8', 0, offset);
  }
}

/** Whitespace that looks like a blank but is part of a name to PostgreSQL. */
export function unusualBlank(sql: string): boolean {
  return /[\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]/u.test(sql);
}
