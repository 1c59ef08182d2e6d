import type { ParameterType } from './verified-query';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = String.raw`(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`;
const DAY = [
  String.raw`\d{4}-\d{1,2}-\d{1,2}`,
  String.raw`\d{4}/\d{1,2}/\d{1,2}`,
  String.raw`\d{4}\.\d{1,2}\.\d{1,2}`,
  String.raw`\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?[日号]`,
  String.raw`\d{4}년 ?\d{1,2}월 ?\d{1,2}일`,
  String.raw`\d{1,2}(?:st|nd|rd|th)? ${MONTH},? \d{4}`,
  String.raw`${MONTH} \d{1,2}(?:st|nd|rd|th)?,? \d{4}`,
].join('|');
const TIME = String.raw`[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?`;
const GROUPED = String.raw`\d{1,3}(?:,\d{3})+(?!\d)|\d+`;

/** How a value of each type is written in a question. What is written another way is left to the model. */
export const PATTERNS: Readonly<Record<Exclude<ParameterType, 'text'>, string>> = {
  integer: `[+-]?(?:${GROUPED})`,
  numeric: String.raw`[+-]?(?:${GROUPED})(?:\.\d+)?`,
  date: DAY,
  timestamptz: `(?:${DAY})(?:${TIME})?`,
  boolean: 'true|false|yes|no|是|否',
};

/** PostgreSQL's text of a value, or undefined when it is no value of the type ("2024-02-30"). */
export function readValue(type: ParameterType, raw: string): string | undefined {
  const text = raw.trim();
  switch (type) {
    case 'text':
      return text === '' ? undefined : text;
    case 'integer':
      return integerOf(text.replaceAll(',', ''));
    case 'numeric':
      return text.replaceAll(',', '');
    case 'date':
      return dateOf(text);
    case 'timestamptz':
      return instantOf(text);
    case 'boolean':
      return /^(true|yes|是)$/iu.test(text) ? 'true' : 'false';
  }
}

/** Beyond 64 bits it is no integer of PostgreSQL. */
function integerOf(digits: string): string | undefined {
  const value = BigInt(digits.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? String(value) : undefined;
}

function dateOf(text: string): string | undefined {
  const [year, month, day] = partsOf(text);
  if (!year || !month || !day) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  // Date rolls the 30th of February over into March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || year < 1000) return undefined;
  return date.toISOString().slice(0, 10);
}

function partsOf(text: string): (number | undefined)[] {
  const numbers = (text.match(/\d+/g) ?? []).map(Number);
  const name = /[a-z]{3}/i.exec(text.replace(/(\d)(st|nd|rd|th)/gi, '$1'))?.[0].toLowerCase();
  if (name === undefined) return numbers;
  const [day, year] = numbers;
  return [year, MONTHS.indexOf(name) + 1, day];
}

function instantOf(text: string): string | undefined {
  const [whole, head, time] = new RegExp(`^(${DAY})(?:[T ](\\d.*))?$`, 'iu').exec(text) ?? [];
  const day = whole === undefined || head === undefined ? undefined : dateOf(head);
  if (day === undefined) return undefined;
  if (time === undefined) return `${day} 00:00:00`;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(/[^\d]/).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return `${day} ${time.replace(/ /g, '')}`;
}
