/**
 * The allow-list of the syntax tree: the nodes that a harmless SELECT may consist of, and every field of each. What is
 * not written here, a node or a single field, is refused: a construct of a later PostgreSQL stays outside until
 * somebody has judged it.
 */

/** A value, a node in its wrapper, a list of wrapped nodes, or the name of the node type that stands there bare. */
export type FieldKind = 'value' | 'node' | 'nodes' | `=${string}`;

const VALUE = 'value';
const NODE = 'node';
const NODES = 'nodes';

const QUERY: Shapes = {
  SelectStmt: {
    distinctClause: NODES,
    targetList: NODES,
    fromClause: NODES,
    whereClause: NODE,
    groupClause: NODES,
    groupDistinct: VALUE,
    havingClause: NODE,
    windowClause: NODES,
    valuesLists: NODES,
    sortClause: NODES,
    limitOffset: NODE,
    limitCount: NODE,
    limitOption: VALUE,
    withClause: '=WithClause',
    op: VALUE,
    all: VALUE,
    larg: '=SelectStmt',
    rarg: '=SelectStmt',
    intoClause: VALUE,
    lockingClause: VALUE,
  },
  WithClause: { ctes: NODES, recursive: VALUE },
  CommonTableExpr: {
    ctename: VALUE,
    aliascolnames: NODES,
    ctematerialized: VALUE,
    ctequery: NODE,
    search_clause: '=CTESearchClause',
    cycle_clause: '=CTECycleClause',
  },
  CTESearchClause: { search_col_list: NODES, search_breadth_first: VALUE, search_seq_column: VALUE },
  CTECycleClause: {
    cycle_col_list: NODES,
    cycle_mark_column: VALUE,
    cycle_mark_value: NODE,
    cycle_mark_default: NODE,
    cycle_path_column: VALUE,
  },
  ResTarget: { name: VALUE, indirection: NODES, val: NODE },
  SortBy: { node: NODE, sortby_dir: VALUE, sortby_nulls: VALUE, useOp: NODES },
  WindowDef: {
    name: VALUE,
    refname: VALUE,
    partitionClause: NODES,
    orderClause: NODES,
    frameOptions: VALUE,
    startOffset: NODE,
    endOffset: NODE,
  },
  GroupingSet: { kind: VALUE, content: NODES },
};

const FROM: Shapes = {
  RangeVar: {
    catalogname: VALUE,
    schemaname: VALUE,
    relname: VALUE,
    inh: VALUE,
    relpersistence: VALUE,
    alias: '=Alias',
  },
  Alias: { aliasname: VALUE, colnames: NODES },
  RangeSubselect: { lateral: VALUE, subquery: NODE, alias: '=Alias' },
  RangeFunction: {
    lateral: VALUE,
    ordinality: VALUE,
    is_rowsfrom: VALUE,
    functions: NODES,
    alias: '=Alias',
    coldeflist: NODES,
  },
  ColumnDef: { colname: VALUE, typeName: '=TypeName', is_local: VALUE, collClause: '=CollateClause' },
  RangeTableSample: { relation: NODE, method: NODES, args: NODES, repeatable: NODE },
  RangeTableFunc: { lateral: VALUE, docexpr: NODE, rowexpr: NODE, namespaces: NODES, columns: NODES, alias: '=Alias' },
  RangeTableFuncCol: {
    colname: VALUE,
    typeName: '=TypeName',
    for_ordinality: VALUE,
    is_not_null: VALUE,
    colexpr: NODE,
    coldefexpr: NODE,
  },
  JoinExpr: {
    jointype: VALUE,
    isNatural: VALUE,
    larg: NODE,
    rarg: NODE,
    usingClause: NODES,
    join_using_alias: '=Alias',
    quals: NODE,
    alias: '=Alias',
  },
};

const EXPRESSION: Shapes = {
  ColumnRef: { fields: NODES },
  ParamRef: { number: VALUE },
  A_Const: { ival: VALUE, fval: VALUE, boolval: VALUE, sval: VALUE, bsval: VALUE, isnull: VALUE },
  A_Expr: { kind: VALUE, name: NODES, lexpr: NODE, rexpr: NODE, rexpr_list_start: VALUE, rexpr_list_end: VALUE },
  A_ArrayExpr: { elements: NODES, list_start: VALUE, list_end: VALUE },
  A_Indirection: { arg: NODE, indirection: NODES },
  A_Indices: { is_slice: VALUE, lidx: NODE, uidx: NODE },
  A_Star: {},
  BoolExpr: { boolop: VALUE, args: NODES },
  BooleanTest: { arg: NODE, booltesttype: VALUE },
  NullTest: { arg: NODE, nulltesttype: VALUE },
  CaseExpr: { arg: NODE, args: NODES, defresult: NODE },
  CaseWhen: { expr: NODE, result: NODE },
  CoalesceExpr: { args: NODES },
  MinMaxExpr: { op: VALUE, args: NODES },
  CollateClause: { arg: NODE, collname: NODES },
  RowExpr: { args: NODES, row_format: VALUE },
  SubLink: { subLinkType: VALUE, testexpr: NODE, operName: NODES, subselect: NODE },
  SQLValueFunction: { op: VALUE, typmod: VALUE },
  TypeCast: { arg: NODE, typeName: '=TypeName' },
  TypeName: { names: NODES, setof: VALUE, pct_type: VALUE, typmods: NODES, typemod: VALUE, arrayBounds: NODES },
  FuncCall: {
    funcname: NODES,
    args: NODES,
    agg_order: NODES,
    agg_filter: NODE,
    over: '=WindowDef',
    agg_within_group: VALUE,
    agg_star: VALUE,
    agg_distinct: VALUE,
    func_variadic: VALUE,
    funcformat: VALUE,
  },
  NamedArgExpr: { arg: NODE, name: VALUE, argnumber: VALUE },
  GroupingFunc: { args: NODES },
  String: { sval: VALUE },
  Integer: { ival: VALUE },
  Float: { fval: VALUE },
  Boolean: { boolval: VALUE },
  BitString: { bsval: VALUE },
  List: { items: NODES },
};

const XML_AND_JSON: Shapes = {
  XmlExpr: {
    op: VALUE,
    name: VALUE,
    named_args: NODES,
    arg_names: NODES,
    args: NODES,
    xmloption: VALUE,
    indent: VALUE,
  },
  XmlSerialize: { xmloption: VALUE, expr: NODE, typeName: '=TypeName', indent: VALUE },
  JsonValueExpr: { raw_expr: NODE, formatted_expr: NODE, format: VALUE },
  JsonOutput: { typeName: '=TypeName', returning: VALUE },
  JsonArgument: { val: '=JsonValueExpr', name: VALUE },
  JsonBehavior: { btype: VALUE, expr: NODE, coerce: VALUE },
  JsonKeyValue: { key: NODE, value: '=JsonValueExpr' },
  JsonIsPredicate: { expr: NODE, format: VALUE, item_type: VALUE, unique_keys: VALUE },
  JsonFuncExpr: {
    op: VALUE,
    column_name: VALUE,
    context_item: '=JsonValueExpr',
    pathspec: NODE,
    passing: NODES,
    output: '=JsonOutput',
    on_empty: '=JsonBehavior',
    on_error: '=JsonBehavior',
    wrapper: VALUE,
    quotes: VALUE,
  },
  JsonParseExpr: { expr: '=JsonValueExpr', output: '=JsonOutput', unique_keys: VALUE },
  JsonScalarExpr: { expr: NODE, output: '=JsonOutput' },
  JsonSerializeExpr: { expr: '=JsonValueExpr', output: '=JsonOutput' },
  JsonObjectConstructor: { exprs: NODES, output: '=JsonOutput', absent_on_null: VALUE, unique: VALUE },
  JsonArrayConstructor: { exprs: NODES, output: '=JsonOutput', absent_on_null: VALUE },
  JsonArrayQueryConstructor: { query: NODE, output: '=JsonOutput', format: VALUE, absent_on_null: VALUE },
  JsonAggConstructor: { output: '=JsonOutput', agg_filter: NODE, agg_order: NODES, over: '=WindowDef' },
  JsonObjectAgg: {
    constructor: '=JsonAggConstructor' as FieldKind,
    arg: '=JsonKeyValue',
    absent_on_null: VALUE,
    unique: VALUE,
  },
  JsonArrayAgg: { constructor: '=JsonAggConstructor' as FieldKind, arg: '=JsonValueExpr', absent_on_null: VALUE },
  JsonTable: {
    context_item: '=JsonValueExpr',
    pathspec: '=JsonTablePathSpec',
    passing: NODES,
    columns: NODES,
    on_error: '=JsonBehavior',
    alias: '=Alias',
    lateral: VALUE,
  },
  JsonTablePathSpec: { string: NODE, name: VALUE, name_location: VALUE },
  JsonTableColumn: {
    coltype: VALUE,
    name: VALUE,
    typeName: '=TypeName',
    pathspec: '=JsonTablePathSpec',
    format: VALUE,
    wrapper: VALUE,
    quotes: VALUE,
    columns: NODES,
    on_empty: '=JsonBehavior',
    on_error: '=JsonBehavior',
  },
};

type Shapes = Record<string, Record<string, FieldKind>>;

const ALL: Shapes = { ...QUERY, ...FROM, ...EXPRESSION, ...XML_AND_JSON };

// Maps, not objects: a field may be called `constructor`, and every object answers to that.
const SHAPES = new Map(Object.entries(ALL).map(([type, fields]) => [type, new Map(Object.entries(fields))]));

/** The known fields of a node type, or undefined when the type is not allowed. */
export function shapeOf(type: string): ReadonlyMap<string, FieldKind> | undefined {
  return SHAPES.get(type);
}
