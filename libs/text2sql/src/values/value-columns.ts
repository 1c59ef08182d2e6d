import type { CatalogColumn, CatalogTable } from '../data-source/catalog';
import type { SampleValues } from '../data-source/data-source.record';
import { lookLikeGivenNames } from '../data-source/sampling/given-names';
import { isText } from '../data-source/sampling/sample-tables';
import { looksLikeSecret } from '../data-source/sampling/secret-values';
import { hasSensitiveName, isAboutPersons } from '../data-source/sampling/sensitive-name';
import { lookLikeChineseNames, looksSensitive } from '../data-source/sampling/sensitive-values';

/** A longer text is prose, which nobody names in a question. */
export const MAX_VALUE_LENGTH = 100;
/** Above this share of long texts the short ones are prose as well. */
const MOST_LONG = 0.3;
/** From so many different values on, a column of people that hardly repeats tells who is who. */
const TELLING_VALUES = 20;
const TELLING_SHARE = 0.5;

/** Never kept, whatever is allowed: no question is answered by a password. */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)|passwort|kennwort|contrasena|senha|secret|token|credential|(?:api|private|access|signing|encryption|session|master)_?key|(?:^|_)(?:salt|hash|pin|pwd|psw|otp|totp|jwt|csrf|cvv|cvc)(?:$|_)|密码|密碼|口令|密钥|密鑰|令牌|验证码|驗證碼/iu;

/** What was read of one column. */
export interface ReadColumn {
  readonly table: string;
  /** Different values with the number of rows of each, the most frequent first. */
  readonly values: readonly { readonly value: string; readonly rows: number }[];
  /** Rows that hold one. */
  readonly rows: number;
}

/** The text columns of a table whose values may be kept, judged by names and samples; their values are judged once read. */
export function columnsOfValues(table: CatalogTable, mode: SampleValues): CatalogColumn[] {
  if (mode === 'off' || table.kind === 'foreign-table') return [];
  return table.columns.filter((column) => {
    if (column.enumValues || !isText(column) || SECRET_NAME.test(column.name)) return false;
    return mode === 'all' || !(column.sensitive || hasSensitiveName({ table: table.name, ...column }));
  });
}

/**
 * Which values of a column are kept, the most frequent first. In `safe` none of a column of which any value looks like a
 * person's data or a secret, nor of one that tells people apart. In `all` only secrets are left out.
 */
export function valuesToKeep(column: ReadColumn, mode: SampleValues): string[] {
  const values = column.values.map(({ value }) => value);
  if (mode === 'off' || isProse(values)) return [];
  const short = values.filter(isShort);
  if (mode === 'all') return short.filter((value) => !looksLikeSecret(value));
  const isPersonal = values.some(looksSensitive) || lookLikeChineseNames(values) || lookLikeGivenNames(values);
  return isPersonal || tellsPeopleApart(column) ? [] : short;
}

function isProse(values: readonly string[]): boolean {
  return values.filter((value) => value.length > MAX_VALUE_LENGTH).length > values.length * MOST_LONG;
}

function isShort(value: string): boolean {
  return value.length <= MAX_VALUE_LENGTH && value.trim() !== '' && !/\p{Cc}/u.test(value);
}

function tellsPeopleApart({ table, values, rows }: ReadColumn): boolean {
  if (!isAboutPersons(table) || values.length < 2) return false;
  const isUnique = values.every((each) => each.rows === 1);
  return isUnique || (values.length > TELLING_VALUES && values.length > rows * TELLING_SHARE);
}
