import { MAX_SERIES_ROWS } from '../limits';
import type { Scope } from '../names/scope';
import { as, fieldsOf, namesIn, textOf, unwrap } from '../tree/pg-node';
import { numberIn, type Magnitudes } from './magnitude';

/** Any instant of our age serves for now(): only spans count. */
const ABOUT_NOW_SECONDS = Date.UTC(2030, 0, 1) / 1000;

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  microsecond: 1e-6,
  millisecond: 1e-3,
  second: 1,
  sec: 1,
  s: 1,
  minute: 60,
  min: 60,
  m: 60,
  hour: 3600,
  h: 3600,
  day: 86400,
  d: 86400,
  week: 604800,
  w: 604800,
  month: 2629800,
  mon: 2629800,
  quarter: 7889400,
  year: 31557600,
  yr: 31557600,
  y: 31557600,
  decade: 315576000,
};

/**
 * A series between constants may have a million rows; one whose ends come from the data, or from the clock, may have
 * any number, unless its step is shorter than a second.
 */
export function seriesProblem(args: unknown[], scope: Scope, magnitudes: Magnitudes): string | undefined {
  const rows = numericRows(args, scope, magnitudes) ?? timeRows(args);
  if (rows === undefined || rows <= MAX_SERIES_ROWS) return undefined;
  return `This generate_series makes more than ${MAX_SERIES_ROWS} rows.`;
}

function numericRows([from, to, by]: unknown[], scope: Scope, magnitudes: Magnitudes): number | undefined {
  const exact = [constantNumber(from), constantNumber(to)] as const;
  const step = Math.abs((by === undefined ? 1 : constantNumber(by)) ?? 1) || 1;
  if (exact[0] !== undefined && exact[1] !== undefined) return Math.abs(exact[1] - exact[0]) / step;
  const ends = [magnitudes.of(from, scope), magnitudes.of(to, scope)];
  if (ends.includes(undefined)) return undefined;
  // What comes from the data counts as nothing, a constant beside it for what it is.
  return ends.reduce((sum, end) => sum + (end?.max ?? 0), 0) / step;
}

function timeRows([from, to, by]: unknown[]): number | undefined {
  const step = intervalSeconds(by);
  if (step === undefined || step === 0) return undefined;
  const start = timeSeconds(from);
  const end = timeSeconds(to);
  if (start !== undefined && end !== undefined) return Math.abs(end - start) / Math.abs(step);
  return Math.abs(step) < 1 ? Infinity : undefined;
}

/** A number that the text of the statement fixes, with its sign. */
function constantNumber(value: unknown): number | undefined {
  const node = unwrap(value);
  if (node?.type === 'A_Const') return numberIn(node.fields);
  if (node?.type === 'TypeCast') return constantNumber(node.fields['arg']);
  if (node?.type !== 'A_Expr' || node.fields['kind'] !== 'AEXPR_OP') return undefined;
  const right = constantNumber(node.fields['rexpr']);
  const left = node.fields['lexpr'] === undefined ? 0 : constantNumber(node.fields['lexpr']);
  if (left === undefined || right === undefined) return undefined;
  const name = namesIn(node.fields['name']).at(-1) ?? '';
  return { '+': left + right, '-': left - right, '*': left * right, '/': left / right, '^': left ** right }[name];
}

/** An instant that the text of the statement, or the clock, fixes. */
function timeSeconds(value: unknown): number | undefined {
  const node = unwrap(value);
  if (node?.type === 'A_Const') return dateSeconds(textOf(fieldsOf(node.fields['sval'])?.['sval']));
  if (node?.type === 'TypeCast') return timeSeconds(node.fields['arg']);
  if (node?.type === 'SQLValueFunction') return ABOUT_NOW_SECONDS;
  if (node?.type === 'FuncCall')
    return clockSeconds(namesIn(node.fields['funcname']).at(-1) ?? '', node.fields['args']);
  if (node?.type !== 'A_Expr') return undefined;
  const left = timeSeconds(node.fields['lexpr']);
  const right = intervalSeconds(node.fields['rexpr']);
  if (left === undefined || right === undefined) return undefined;
  return namesIn(node.fields['name']).at(-1) === '-' ? left - right : left + right;
}

function clockSeconds(name: string, args: unknown): number | undefined {
  if (['now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp'].includes(name))
    return ABOUT_NOW_SECONDS;
  return name === 'date_trunc' && Array.isArray(args) ? timeSeconds(args[1]) : undefined;
}

function dateSeconds(text: string | undefined): number | undefined {
  const match = /^\s*(\d{4})-?(\d\d)-?(\d\d)/.exec(text ?? '');
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / 1000 : undefined;
}

/** The length of an interval that is written out, multiplied or divided by constants or not. */
function intervalSeconds(value: unknown): number | undefined {
  const node = unwrap(value);
  if (node?.type === 'A_Const') return spelledSeconds(textOf(fieldsOf(node.fields['sval'])?.['sval']));
  if (node?.type === 'TypeCast') return intervalSeconds(node.fields['arg']);
  if (node?.type !== 'A_Expr') return undefined;
  const name = namesIn(node.fields['name']).at(-1) ?? '';
  const [left, right] = [node.fields['lexpr'], node.fields['rexpr']];
  const length = intervalSeconds(left) ?? intervalSeconds(right);
  const factor = constantNumber(as('A_Const', left)?.['sval'] === undefined ? left : right) ?? constantNumber(right);
  if (length === undefined || factor === undefined) return undefined;
  return name === '*' ? length * factor : name === '/' ? length / factor : undefined;
}

function spelledSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const clock = /^\s*(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*$/.exec(text);
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  const parts = [...text.toLowerCase().matchAll(/([\d.]+)\s*([a-z]+)/g)];
  const lengths = parts.map(
    ([, count, unit = '']) => Number(count) * (UNIT_SECONDS[unit.replace(/s$/, '') || unit] ?? NaN),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return parts.length > 0 && Number.isFinite(total) ? total : undefined;
}
