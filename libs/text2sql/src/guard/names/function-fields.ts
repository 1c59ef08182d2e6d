import { columnLabel } from '../tree/column-label';
import { isSafeBuiltinType } from '../rules/builtin-types';
import { as, fieldsOf, listOf, namesIn, textOf, unwrap, type Fields } from '../tree/pg-node';
import type { ExpressionNames } from './expression-names';
import { renamed, type Output, type RangeItem, type Scope } from './scope';

/** Columns of functions that return rows of a fixed shape. */
const KNOWN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  each: ['key', 'value'],
  json_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_each: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
  json_array_elements: ['value'],
  json_array_elements_text: ['value'],
  jsonb_array_elements: ['value'],
  jsonb_array_elements_text: ['value'],
};

/** Functions whose columns hang on the type of an argument, which only the database knows. */
const OPEN: ReadonlySet<string> = new Set([
  'json_populate_record',
  'json_populate_recordset',
  'jsonb_populate_record',
  'jsonb_populate_recordset',
  'st_dump',
  'st_dumppoints',
  'st_dumprings',
]);

/** A function in FROM: always LATERAL, one column for each scalar function. */
export function functionItem(entry: Fields, scope: Scope, expressions: ExpressionNames): RangeItem {
  const calls = listOf(entry['functions']).map((each) => listOf(as('List', each)?.['items']));
  for (const [call] of calls) expressions.resolve(call, scope);
  const alias = fieldsOf(entry['alias']);
  const name = textOf(alias?.['aliasname']) ?? columnLabel(calls[0]?.[0]);
  const single = calls.length === 1 ? textOf(alias?.['aliasname']) : undefined;
  const definitions = calls.map(([, columns], index) =>
    index === 0 && entry['coldeflist'] ? entry['coldeflist'] : itemsOf(columns),
  );
  const outputs = calls.map(([call], index) => outputOf(call, definitions[index], single, scope));
  const fields = outputs.flatMap((output) => output.fields);
  if (entry['ordinality'] === true) fields.push({ name: 'ordinality', reads: [] });
  const isOpen = outputs.some((output) => output.isOpen);
  return { name, fields: renamed(fields, namesIn(alias?.['colnames'])), isOpen, isNamed: true, isBare: true };
}

/** In ROWS FROM a column list stands in a List of its own, or `{}` where there is none. */
function itemsOf(columns: unknown): unknown {
  return as('List', columns)?.['items'];
}

function outputOf(call: unknown, definitions: unknown, alias: string | undefined, scope: Scope): Output {
  const defined = listOf(definitions);
  if (defined.length > 0) return closed(defined.map((column) => textOf(as('ColumnDef', column)?.['colname']) ?? ''));
  const fields = as('FuncCall', call);
  const name = namesIn(fields?.['funcname']).at(-1) ?? '';
  const known = Object.hasOwn(KNOWN_COLUMNS, name) ? KNOWN_COLUMNS[name] : undefined;
  if (known) return closed(known);
  if (OPEN.has(name)) return { fields: [], isOpen: true };
  const origins = [{ expression: call, scope }];
  if (name === 'unnest') return unnested(fields ?? {}, alias ?? 'unnest', scope);
  return { fields: [{ name: alias ?? columnLabel(call), reads: [], origins }], isOpen: false };
}

/** `unnest(a, b)` has a column for each; an array of rows, or a tsvector, has columns that only the database knows. */
function unnested(call: Fields, name: string, scope: Scope): Output {
  const args = listOf(call['args']);
  const label = args.length > 1 ? 'unnest' : name;
  const fields = args.map((argument) => ({ name: label, reads: [], origins: [{ expression: argument, scope }] }));
  return { fields, isOpen: !args.every(isArrayOfScalars) };
}

function isArrayOfScalars(argument: unknown): boolean {
  const node = unwrap(argument);
  if (node?.type === 'A_ArrayExpr')
    return listOf(node.fields['elements']).every((element) => unwrap(element)?.type === 'A_Const');
  if (node?.type === 'TypeCast') {
    const type = namesIn(fieldsOf(node.fields['typeName'])?.['names']).at(-1) ?? '';
    return isSafeBuiltinType(type) && type !== 'tsvector';
  }
  const name = node?.type === 'FuncCall' ? namesIn(node.fields['funcname']).at(-1) : undefined;
  return name === 'string_to_array' || name === 'regexp_split_to_array';
}

function closed(names: readonly string[]): Output {
  return { fields: names.map((name) => ({ name, reads: [] })), isOpen: false };
}
