/** What a column of a result may be to a chart. */
export type ColumnRole = 'time' | 'period' | 'measure' | 'category' | 'identifier' | 'other';

export interface ResultColumn {
  readonly name: string;
  /** As `format_type()` prints it. */
  readonly type: string;
  readonly label?: string;
}

const NUMBERS = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'];
const TIMES = ['date', 'timestamp without time zone', 'timestamp with time zone'];
const TEXTS = ['text', 'character varying', 'character', 'name', 'citext', 'boolean'];
/** Built in, and neither a name nor an amount. Types that somebody made are mostly enums and domains. */
const OTHERS =
  `interval|time without time zone|time with time zone|uuid|json|jsonb|bytea|xml|inet|cidr|macaddr|macaddr8|bit|
bit varying|tsvector|tsquery|point|line|lseg|box|path|polygon|circle|money|oid|record|hstore|geometry|geography|vector`.split(
    /\|\s*/,
  );
const LONGEST_NAME = 80;

const IDENTIFIER = /(^|_)(id|uuid|guid|key|code|zip|phone)$|^(nr|no)$|编号$|号码$/i;
/** Numbers that say when. */
const PERIOD_NAME =
  /(^|[_\s])(year|quarter|month|week|isoyear|jahr|monat|año|mes|année|mois)$|^(年|年份|年度|月|月份|季度|周)$/i;
/** Texts that say when: `2024`, `2024-01`, `2024-Q1`, `2024-W05`, `2024-01-31`. */
const PERIOD_TEXT = /^\d{4}(-(\d{2}(-\d{2})?|Q[1-4]|W\d{2}))?$/;

/** What the column says, by its type, its name and its values (as JSON values). */
export function roleOf({ name, type }: ResultColumn, values: readonly unknown[]): ColumnRole {
  const plain = type.replace(/\(.*?\)/g, '').trim();
  if (values.length === 0) return 'other';
  if (TIMES.includes(plain)) return values.every(isMoment) ? 'time' : 'other';
  if (NUMBERS.includes(plain)) return roleOfNumber(name, values);
  const mayName = TEXTS.includes(plain) || (!OTHERS.includes(plain) && !plain.endsWith('[]'));
  return mayName ? roleOfText(name, values) : 'other';
}

/** Of text that PostgreSQL prints for a number too large for JSON's. */
export function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
}

function roleOfNumber(name: string, values: readonly unknown[]): ColumnRole {
  if (IDENTIFIER.test(name)) return 'identifier';
  const numbers = values.map(numberOf).filter((value) => Number.isFinite(value));
  if (numbers.length < 2) return 'other';
  const isPeriod = PERIOD_NAME.test(name) && values.length === numbers.length && numbers.every(Number.isInteger);
  return isPeriod ? 'period' : 'measure';
}

function roleOfText(name: string, values: readonly unknown[]): ColumnRole {
  if (values.some((value) => value !== null && typeof value !== 'string' && typeof value !== 'boolean')) return 'other';
  if (values.every((value) => typeof value === 'string' && PERIOD_TEXT.test(value))) return 'period';
  if (IDENTIFIER.test(name)) return 'identifier';
  return values.every((value) => value === null || String(value).length <= LONGEST_NAME) ? 'category' : 'other';
}

/** Infinity, and years that JSON's readers do not know, stand on no axis. */
function isMoment(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !value.endsWith('BC');
}
