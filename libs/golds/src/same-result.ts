import { type Canonical, type JsonResult, ofJson, ofText, type ResultColumn, type TextResult } from './compare-result';
import { columnMapping, type Rows, type SameRows } from './column-mapping';

/** How far the result of other SQL agrees with a gold's. */
export interface Agreement {
  /** The same columns in the same order, the same rows as often; in the same order where the gold asks for one. */
  readonly strict: boolean;
  /** The same when columns may stand in another order, and beside others. */
  readonly relaxed: boolean;
  /** The rows are the same and stand in another order: where sort keys are equal that may be right. */
  readonly onlyOrder: boolean;
}

/** A gold's result; `groups` says of each row to which run of equal sort keys it belongs. */
export type GoldResult = TextResult & { readonly groups?: readonly number[] };

/**
 * Compares by values, not by types: 3, 3.0 and "3.00" of a numeric are one number (to twelve significant digits), a
 * date and its midnight one day. Names of columns do not count.
 */
export function agreementOf(gold: GoldResult, actual: JsonResult): Agreement {
  const wanted = gold.rows.map((row) => row.map((value, i) => cellOf(ofText(value, typeAt(gold, i)), typeAt(gold, i))));
  const came = actual.rows.map((row) =>
    row.map((value, i) => cellOf(ofJson(value, typeAt(actual, i)), typeAt(actual, i))),
  );
  const none = { strict: false, relaxed: false, onlyOrder: false };
  if (wanted.length !== came.length) return none;
  const sameWidth = gold.columns.length === actual.columns.length;
  const agree = sameRows(gold);
  if (sameWidth && agree(wanted, came)) return { strict: true, relaxed: true, onlyOrder: false };
  const unordered = sameRows({ ordered: false });
  const onlyOrder = gold.ordered && sameWidth && unordered(wanted, came);
  const widths = { wanted: gold.columns.length, came: actual.columns.length };
  return { strict: false, relaxed: columnMapping(wanted, came, widths, agree) !== undefined, onlyOrder };
}

/** Whether rows agree: as a multiset, or run by run of equal sort keys. */
function sameRows({ ordered, groups }: Pick<GoldResult, 'ordered' | 'groups'>): SameRows {
  const keyed = (rows: Rows) =>
    rows.map((row, at) => `${ordered ? String(groups?.[at] ?? at).padStart(9, '0') : ''}${JSON.stringify(row)}`);
  return (wanted, came) => {
    const [a, b] = [keyed(wanted).sort(), keyed(came).sort()];
    return a.length === b.length && a.every((row, at) => row === b[at]);
  };
}

function typeAt({ columns }: { readonly columns: readonly ResultColumn[] }, index: number): string {
  return columns[index]?.type ?? 'text';
}

const NUMBER = /^(smallint|integer|oid|bigint|real|double precision|numeric(\(.*\))?)$/;
const MOMENT = /^(date|timestamp)/;
const DIGITS = 12;

function cellOf(value: Canonical, type: string): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return JSON.stringify(value.map((item) => cellOf(item, type.replace(/\[\]$/, ''))));
  if (NUMBER.test(type)) return `number ${numberOf(value.replace(/^float /, ''))}`;
  if (MOMENT.test(type)) return `moment ${value.replace(/T00:00:00Z?$/, '')}`;
  return `text ${value}`;
}

/** Whole numbers are compared whole, however large; others as far as a double goes with a little to spare. */
function numberOf(text: string): string {
  const whole = /^(-?)0*(\d+?)(?:\.0*)?$/.exec(text);
  if (whole) return whole[2] === '0' ? '0' : `${whole[1]}${whole[2]}`;
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (Number.isInteger(number)) return BigInt(number).toString();
  return String(Number(number.toPrecision(DIGITS)));
}
