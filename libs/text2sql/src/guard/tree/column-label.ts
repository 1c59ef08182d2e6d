import { as, fieldsOf, listOf, namesIn, textOf, unwrap, type Fields, type TypedNode } from './pg-node';

/** How sure a label is: a type or function name gives way to a better one further in. */
interface Label {
  name: string;
  isStrong: boolean;
}

const XML_LABELS: Readonly<Record<string, string>> = {
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
};

const JSON_LABELS: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
};

const FIXED_LABELS: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
};

/** The name that PostgreSQL gives an output column without AS (its FigureColname). */
export function columnLabel(value: unknown): string {
  return labelOf(value)?.name ?? '?column?';
}

function labelOf(value: unknown): Label | undefined {
  const node = unwrap(value);
  if (!node) return undefined;
  const fixed = FIXED_LABELS[node.type];
  if (fixed !== undefined) return strong(fixed);
  return labelOfNamed(node) ?? labelOfNested(node);
}

function labelOfNamed({ type, fields }: TypedNode): Label | undefined {
  switch (type) {
    case 'ColumnRef':
      return strong(lastName(fields['fields']));
    case 'FuncCall':
      return strong(lastName(fields['funcname']));
    case 'MinMaxExpr':
      return strong(fields['op'] === 'IS_LEAST' ? 'least' : 'greatest');
    case 'SQLValueFunction':
      return strong(valueFunctionLabel(fields));
    case 'XmlExpr':
      return strong(XML_LABELS[String(fields['op'])]);
    case 'JsonFuncExpr':
      return strong(JSON_LABELS[String(fields['op'])]);
    case 'A_Expr':
      return fields['kind'] === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
    default:
      return undefined;
  }
}

function labelOfNested({ type, fields }: TypedNode): Label | undefined {
  switch (type) {
    case 'A_Indirection':
      return strong(lastName(fields['indirection'])) ?? labelOf(fields['arg']);
    case 'CollateClause':
      return labelOf(fields['arg']);
    case 'TypeCast':
      return strongOr(labelOf(fields['arg']), namesIn(fieldsOf(fields['typeName'])?.['names']).at(-1));
    case 'CaseExpr':
      return strongOr(labelOf(fields['defresult']), 'case');
    case 'SubLink':
      return labelOfSubLink(fields);
    default:
      return undefined;
  }
}

function labelOfSubLink(fields: Fields): Label | undefined {
  if (fields['subLinkType'] === 'EXISTS_SUBLINK') return strong('exists');
  if (fields['subLinkType'] === 'ARRAY_SUBLINK') return strong('array');
  if (fields['subLinkType'] !== 'EXPR_SUBLINK') return undefined;
  let query = as('SelectStmt', fields['subselect']);
  while (fieldsOf(query?.['larg'])) query = fieldsOf(query?.['larg']);
  const first = as('ResTarget', listOf(query?.['targetList'])[0]);
  if (!first) return undefined;
  return strong(textOf(first['name']) ?? columnLabel(first['val']));
}

/** SVFOP_CURRENT_TIMESTAMP_N is `current_timestamp`. */
function valueFunctionLabel(fields: Fields): string {
  return String(fields['op'])
    .replace(/^SVFOP_/, '')
    .replace(/_N$/, '')
    .toLowerCase();
}

/** The last part of a name, skipping a star or a subscript. */
function lastName(list: unknown): string | undefined {
  return namesIn(list).findLast((name) => name !== '');
}

function strong(name: string | undefined): Label | undefined {
  return name === undefined ? undefined : { name, isStrong: true };
}

function strongOr(inner: Label | undefined, weak: string | undefined): Label | undefined {
  if (inner?.isStrong || weak === undefined) return inner;
  return { name: weak, isStrong: false };
}
