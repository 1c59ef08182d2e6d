import { type ColumnRole, numberOf, type ResultColumn, roleOf } from './column-roles';

/** Vega-Lite's names for what an axis shows. */
type FieldType = 'quantitative' | 'temporal' | 'nominal' | 'ordinal';

interface Channel {
  readonly field: string;
  readonly type: FieldType;
  readonly title: string;
  /** null: in the order of the rows. */
  readonly sort?: null;
  /** Dates have no zone: read and shown in UTC they stay the day that they are. */
  readonly scale?: { readonly type: 'utc' };
}

/**
 * A Vega-Lite specification of these keys and no others: nothing in it loads, links or computes. Its data are the rows
 * of the answer as objects by column name, bound by the client under the name `rows`.
 */
export interface ChartSpec {
  readonly $schema: 'https://vega.github.io/schema/vega-lite/v6.json';
  readonly data: { readonly name: 'rows' };
  readonly mark: 'line' | 'bar' | 'point';
  readonly encoding: Readonly<Partial<Record<'x' | 'y' | 'color' | 'xOffset' | 'yOffset', Channel>>>;
}

export interface ChartTable {
  readonly columns: readonly ResultColumn[];
  /** Each one JSON array in text form. */
  readonly rows: readonly string[];
  readonly truncated: boolean;
}

/** As many rows as are kept with a question; more say nothing to an eye. */
const MOST_ROWS = 1000;
const MOST_CHARACTERS = 1024 * 1024;
/** A wider result is a list of things. */
const MOST_COLUMNS = 6;
const MOST_BARS = 30;
const MOST_COLOURS = 8;
const LEAST_POINTS = 3;
/** More bars than this, or longer names, stand better beside their axis than under it. */
const UPRIGHT_BARS = 12;
const UPRIGHT_NAME = 12;

interface Column extends ResultColumn {
  readonly role: ColumnRole;
  readonly values: readonly unknown[];
}

/**
 * The chart that suits a result, by its columns and values alone, so that the same result always gets the same one:
 * a line over time, bars for categories, points for two amounts. Undefined where none suits.
 */
export function suggestChart({ columns, rows, truncated }: ChartTable): ChartSpec | undefined {
  const isFit = columns.length >= 2 && columns.length <= MOST_COLUMNS && rows.length >= 2 && rows.length <= MOST_ROWS;
  // Part of a result draws another picture than the whole.
  if (!isFit || truncated || rows.reduce((sum, row) => sum + row.length, 0) > MOST_CHARACTERS) return undefined;
  const table = rows.map((row) => JSON.parse(row) as unknown[]);
  const all = columns.map((column, index): Column => {
    const values = table.map((row) => row[index]);
    return { ...column, role: roleOf(column, values), values };
  });
  const of = (...roles: ColumnRole[]) => all.filter(({ role }) => roles.includes(role));
  const chart = chartOf(of('time', 'period'), of('category'), of('measure'), of('identifier').length > 0);
  return chart && hasOwnNames(chart, columns) ? chart : undefined;
}

function chartOf(
  times: readonly Column[],
  categories: readonly Column[],
  measures: readonly Column[],
  isList: boolean,
): ChartSpec | undefined {
  const [measure, second] = measures;
  if (!measure) return undefined;
  const [category, group] = categories.filter(({ values }) => distinct(values) > 1);
  const [time] = times;
  if (time) return times.length === 1 && !group && !isList ? lineOf(time, measure, category) : undefined;
  if (category && categories.length <= 2) return barOf(category, measure, group);
  return second && categories.length === 0 ? pointOf(measure, second) : undefined;
}

function lineOf(time: Column, measure: Column, category: Column | undefined): ChartSpec | undefined {
  if (distinct(time.values) < 2 || !areUnique(category ? [time, category] : [time])) return undefined;
  if (category && distinct(category.values) > MOST_COLOURS) return undefined;
  const type = time.role === 'time' ? 'temporal' : 'ordinal';
  const x = { ...channel(time, type), ...(time.type === 'date' && { scale: { type: 'utc' as const } }) };
  return spec('line', { x, y: channel(measure, 'quantitative'), ...coloured(category) });
}

function barOf(category: Column, measure: Column, group: Column | undefined): ChartSpec | undefined {
  if (!areUnique(group ? [category, group] : [category])) return undefined;
  const count = distinct(category.values);
  if (count > MOST_BARS || (group && distinct(group.values) > MOST_COLOURS)) return undefined;
  const names = { ...channel(category, 'nominal'), sort: null };
  const amounts = channel(measure, 'quantitative');
  const isUpright = count <= UPRIGHT_BARS && category.values.every((value) => String(value).length <= UPRIGHT_NAME);
  const axes = isUpright ? { x: names, y: amounts } : { x: amounts, y: names };
  if (!group) return spec('bar', axes);
  // Side by side: amounts that must not be added, such as averages, are not stacked.
  const offset = channel(group, 'nominal');
  return spec('bar', { ...axes, ...(isUpright ? { xOffset: offset } : { yOffset: offset }), ...coloured(group) });
}

function pointOf(first: Column, second: Column): ChartSpec | undefined {
  const isSpread = [first, second].every(({ values }) => distinct(values.map(numberOf)) >= LEAST_POINTS);
  if (!isSpread) return undefined;
  return spec('point', { x: channel(first, 'quantitative'), y: channel(second, 'quantitative') });
}

function coloured(column: Column | undefined) {
  return column ? { color: channel(column, 'nominal') } : {};
}

function channel({ name, label }: ResultColumn, type: FieldType): Channel {
  return { field: fieldOf(name), type, title: label ?? name };
}

/** Vega-Lite reads dots and brackets as a path into an object, and a quote as the beginning of a quoted name. */
export function fieldOf(name: string): string {
  return name.replace(/[.[\]'"]/g, '\\$&');
}

function spec(mark: ChartSpec['mark'], encoding: ChartSpec['encoding']): ChartSpec {
  return { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', data: { name: 'rows' }, mark, encoding };
}

/**
 * In rows as objects, the second of two columns of one name would hide the first; and Vega-Lite finds no name that is
 * empty or holds a backslash (tried with 6.4).
 */
function hasOwnNames({ encoding }: ChartSpec, columns: readonly ResultColumn[]): boolean {
  const fields = columns
    .map(({ name }) => name)
    .filter((name) => name !== '' && !name.includes('\\'))
    .map(fieldOf);
  return Object.values(encoding).every(({ field }) => fields.filter((other) => other === field).length === 1);
}

function areUnique(columns: readonly Column[]): boolean {
  const [first] = columns;
  const count = first?.values.length ?? 0;
  const keys = Array.from({ length: count }, (_, row) => JSON.stringify(columns.map(({ values }) => values[row])));
  return new Set(keys).size === count;
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}
