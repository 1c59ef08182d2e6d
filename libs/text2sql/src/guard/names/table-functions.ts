import { as, fieldsOf, listOf, textOf, unwrap, type Fields } from '../tree/pg-node';
import type { ExpressionNames } from './expression-names';
import type { Field, Scope } from './scope';

/** Resolves the expressions of XMLTABLE. */
export function resolveXmlTable(table: Fields, scope: Scope, expressions: ExpressionNames): void {
  expressions.resolve(table['docexpr'], scope);
  expressions.resolve(table['rowexpr'], scope);
  expressions.resolveAll(table['namespaces'], scope);
  for (const column of listOf(table['columns'])) {
    const fields = as('RangeTableFuncCol', column) ?? {};
    expressions.resolve(fields['colexpr'], scope);
    expressions.resolve(fields['coldefexpr'], scope);
  }
}

export function xmlTableFields(table: Fields): Field[] {
  return listOf(table['columns']).map((column) => ({
    name: textOf(as('RangeTableFuncCol', column)?.['colname']) ?? '',
    reads: [],
  }));
}

/** Resolves the expressions of JSON_TABLE, nested columns included. */
export function resolveJsonTable(table: Fields, scope: Scope, expressions: ExpressionNames): void {
  expressions.resolveInline('JsonValueExpr', table['context_item'], scope);
  expressions.resolveInline('JsonTablePathSpec', table['pathspec'], scope);
  expressions.resolveInline('JsonBehavior', table['on_error'], scope);
  expressions.resolveAll(table['passing'], scope);
  expressions.resolveAll(table['columns'], scope);
}

/** Nested columns stand beside the others. */
export function jsonTableFields(table: Fields): Field[] {
  return listOf(table['columns']).flatMap((column) => {
    const fields = fieldsOf(unwrap(column)?.fields) ?? {};
    if (fields['coltype'] === 'JTC_NESTED') return jsonTableFields(fields);
    return [{ name: textOf(fields['name']) ?? '', reads: [] }];
  });
}
