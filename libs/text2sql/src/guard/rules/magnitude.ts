import type { Resolution } from '../names/resolution';
import type { Field, Scope } from '../names/scope';
import { findColumn, findField, findItem } from '../names/scope-lookup';
import { as, fieldsOf, listOf, namesIn, textOf, unwrap, type Fields, type TypedNode } from '../tree/pg-node';

/** How large a number may become: at most `max`, times a value of a table where `isData`. */
export interface Magnitude {
  max: number;
  isData: boolean;
  /** What a recursive query made in the round before: adding to it is moderate, multiplying it is not. */
  isSelf?: boolean;
}

const DATA: Magnitude = { max: 1, isData: true };

/** Longer chains of subqueries and operators are not followed. */
const MAX_STEPS = 200;

/** Calls whose value is as large as their largest argument. */
const LIKE_ARGUMENTS = new Set(
  'abs ceil ceiling coalesce floor generate_series int2 int4 int8 max min mod numeric round sign trunc unnest'.split(
    ' ',
  ),
);
/** Calls whose value is bounded by the rows or the text there are. */
const LIKE_DATA = new Set(
  `avg cardinality char_length array_length bit_length count dense_rank jsonb_array_length json_array_length length ln
  log ntile octet_length position rank regr_count row_number sqrt strpos sum percent_rank cume_dist lag lead`.split(
    /\s+/,
  ),
);

/** Estimates how large the numbers of a statement may become, following columns to where they were made. */
export class Magnitudes {
  private steps = 0;

  constructor(private readonly resolution: Resolution) {}

  /** Undefined: nothing is known, so it may be anything. */
  of(value: unknown, scope: Scope): Magnitude | undefined {
    this.steps = 0;
    return this.estimate(value, scope);
  }

  private estimate(value: unknown, scope: Scope): Magnitude | undefined {
    this.steps += 1;
    const node = unwrap(value);
    if (!node || this.steps > MAX_STEPS) return undefined;
    switch (node.type) {
      case 'A_Const':
        return constant(node.fields);
      case 'ParamRef':
        return DATA;
      case 'ColumnRef':
        return this.column(node.fields, scope);
      case 'A_Expr':
        return this.operator(node.fields, scope);
      case 'SubLink':
        return this.subquery(node.fields);
      default:
        return this.container(node, scope);
    }
  }

  private container({ type, fields }: TypedNode, scope: Scope): Magnitude | undefined {
    switch (type) {
      case 'TypeCast':
        return this.estimate(fields['arg'], scope);
      case 'CoalesceExpr':
      case 'A_ArrayExpr':
        return this.largest(listOf(fields['args'] ?? fields['elements']), scope);
      case 'MinMaxExpr':
        return fields['op'] === 'IS_LEAST'
          ? this.least(listOf(fields['args']), scope)
          : this.largest(listOf(fields['args']), scope);
      case 'CaseExpr': {
        const results = listOf(fields['args']).map((when) => as('CaseWhen', when)?.['result']);
        return this.largest([...results, ...(fields['defresult'] === undefined ? [] : [fields['defresult']])], scope);
      }
      case 'FuncCall':
        return this.call(fields, scope);
      default:
        return undefined;
    }
  }

  private column(reference: Fields, scope: Scope): Magnitude | undefined {
    const field = fieldNamed(reference, scope);
    if (!field) return undefined;
    if (field.isData === true) return DATA;
    if (field.isSelf === true) return { ...DATA, isSelf: true };
    const known = maximum((field.origins ?? []).map((origin) => this.estimate(origin.expression, origin.scope)));
    return known && { max: known.max, isData: known.isData };
  }

  private operator(fields: Fields, scope: Scope): Magnitude | undefined {
    const name = namesIn(fields['name']).at(-1) ?? '';
    const right = this.estimate(fields['rexpr'], scope);
    if (fields['lexpr'] === undefined) return name === '-' || name === '+' ? right : undefined;
    const left = this.estimate(fields['lexpr'], scope);
    if (!left || !right || fields['kind'] !== 'AEXPR_OP') return undefined;
    return combine(name, left, right);
  }

  private call(fields: Fields, scope: Scope): Magnitude | undefined {
    const name = namesIn(fields['funcname']).at(-1) ?? '';
    if (LIKE_DATA.has(name)) return DATA;
    return LIKE_ARGUMENTS.has(name) ? this.largest(listOf(fields['args']), scope) : undefined;
  }

  private subquery(fields: Fields): Magnitude | undefined {
    const query = as('SelectStmt', fields['subselect']);
    const field = query && this.resolution.outputs.get(query)?.fields[0];
    if (field?.isData === true) return DATA;
    return maximum((field?.origins ?? []).map((origin) => this.estimate(origin.expression, origin.scope)));
  }

  private largest(values: readonly unknown[], scope: Scope): Magnitude | undefined {
    return maximum(values.map((value) => this.estimate(value, scope)));
  }

  /** LEAST is bounded by any of its constants. */
  private least(values: readonly unknown[], scope: Scope): Magnitude | undefined {
    const known = values.flatMap((value) => this.estimate(value, scope) ?? []);
    const constants = known.filter((each) => !each.isData);
    if (constants.length > 0) return { max: Math.min(...constants.map((each) => each.max)), isData: false };
    return known[0];
  }
}

/** The field that a reference means, without judging it a second time. */
function fieldNamed(reference: Fields, scope: Scope): Field | undefined {
  const [first = '', second = '', third = ''] = namesIn(reference['fields']);
  if (second === '') {
    const found = findColumn(scope, first);
    if (found?.kind === 'field') return found.field;
    // The alias of a function that returns a scalar is its value too.
    const row = findItem(scope, first);
    return row?.kind === 'item' && row.item.fields.length === 1 ? row.item.fields[0] : undefined;
  }
  const item = third === '' ? findItem(scope, first) : findItem(scope, second, first);
  const found = item?.kind === 'item' ? findField(item.item, third === '' ? second : third) : undefined;
  return found?.kind === 'field' ? found.field : undefined;
}

function constant(fields: Fields): Magnitude | undefined {
  const value = numberIn(fields);
  return value === undefined ? undefined : { max: Math.abs(value), isData: false };
}

/** The number that a constant holds, also as text, as in `'10'::int`. */
export function numberIn(fields: Fields): number | undefined {
  if (fields['isnull'] === true) return 0;
  if (fields['ival'] !== undefined) return Number(fieldsOf(fields['ival'])?.['ival'] ?? 0);
  const text = textOf(fieldsOf(fields['fval'])?.['fval']) ?? textOf(fieldsOf(fields['sval'])?.['sval']);
  const value = text === undefined ? NaN : Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

function combine(name: string, left: Magnitude, right: Magnitude): Magnitude | undefined {
  const isData = left.isData || right.isData;
  const isSelf = left.isSelf === true || right.isSelf === true;
  if (isSelf && (name === '*' || (left.isSelf && right.isSelf))) return undefined;
  switch (name) {
    case '+':
    case '-':
      return { max: left.max + right.max, isData, isSelf };
    case '*':
      return { max: left.max * right.max, isData };
    case '/':
      return { max: right.isData || right.max === 0 ? left.max : left.max / right.max, isData: left.isData };
    case '%':
      return right.isData ? left : right;
    default:
      return undefined;
  }
}

function maximum(values: (Magnitude | undefined)[]): Magnitude | undefined {
  if (values.length === 0 || values.includes(undefined)) return undefined;
  const known = values.flatMap((value) => value ?? []);
  return {
    max: Math.max(...known.map((each) => each.max)),
    isData: known.some((each) => each.isData),
    isSelf: known.some((each) => each.isSelf === true),
  };
}
