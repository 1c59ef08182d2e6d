import type { CatalogTable } from '../../data-source/catalog';
import { fieldsOf, listOf, namesIn, textOf, unwrap, type Fields } from '../tree/pg-node';
import type { ExpressionNames } from './expression-names';
import { functionItem } from './function-fields';
import { Joins } from './joins';
import { RelationFinder } from './relation-finder';
import type { Resolution, RunQuery } from './resolution';
import { renamed, scopeWithin, type Field, type FromEntry, type Output, type RangeItem, type Scope } from './scope';
import { jsonTableFields, resolveJsonTable, resolveXmlTable, xmlTableFields } from './table-functions';

/** Resolves FROM clauses entry by entry. */
export class FromClause {
  private readonly relations: RelationFinder;
  private readonly joins: Joins;

  constructor(
    private readonly resolution: Resolution,
    private readonly expressions: ExpressionNames,
    private readonly runQuery: RunQuery,
  ) {
    this.relations = new RelationFinder(resolution);
    this.joins = new Joins(resolution, expressions);
  }

  /** Fills the scope of a query from its FROM clause; LATERAL entries see those before them. */
  resolve(entries: unknown, scope: Scope): void {
    for (const entry of listOf(entries)) {
      if (this.resolution.findings.isFull) return;
      scope.items.push(...this.entry(entry, scope, scope.items).items);
    }
  }

  private entry(node: unknown, scope: Scope, seen: RangeItem[]): FromEntry {
    const entry = unwrap(node);
    if (this.resolution.findings.isFull) return { items: [nothing()], main: nothing() };
    if (entry?.type === 'JoinExpr') return this.join(entry.fields, scope, seen);
    const item = entry ? this.item(entry.type, entry.fields, scope, seen) : nothing();
    return { items: [item], main: item };
  }

  private item(type: string, fields: Fields, scope: Scope, seen: RangeItem[]): RangeItem {
    const lateral = scopeWithin(scope.parent, scope.ctes, [...seen]);
    switch (type) {
      case 'RangeVar':
        return this.rangeVar(fields, scope);
      case 'RangeSubselect':
        return this.subselect(fields, fields['lateral'] === true ? lateral : scopeWithin(scope.parent, scope.ctes));
      case 'RangeFunction':
        return functionItem(fields, lateral, this.expressions);
      case 'RangeTableSample':
        this.expressions.resolveAll(fields['args'], lateral);
        this.expressions.resolve(fields['repeatable'], lateral);
        return this.entry(fields['relation'], scope, seen).main;
      case 'RangeTableFunc':
        resolveXmlTable(fields, lateral, this.expressions);
        return aliased(fields, { fields: xmlTableFields(fields), isOpen: false }, 'xmltable');
      case 'JsonTable':
        resolveJsonTable(fields, lateral, this.expressions);
        return aliased(fields, { fields: jsonTableFields(fields), isOpen: false }, 'json_table');
      default:
        return nothing();
    }
  }

  private rangeVar(fields: Fields, scope: Scope): RangeItem {
    const name = textOf(fields['relname']) ?? '';
    const cte = this.relations.cte(fields, scope);
    if (cte) return aliased(fields, cte.output(), name);
    const table = this.relations.table(fields, scope);
    if (!table) return aliased(fields, { fields: [], isOpen: true }, name);
    this.resolution.usage.relation(table);
    const item = aliased(fields, { fields: tableFields(table), isOpen: false }, name);
    const relation = { schema: table.schema, name: table.name };
    return { ...item, isTable: true, ...(fieldsOf(fields['alias']) ? {} : { relation }) };
  }

  private subselect(fields: Fields, outer: Scope): RangeItem {
    const query = unwrap(fields['subquery']);
    const output = query?.type === 'SelectStmt' ? this.runQuery(query.fields, outer) : { fields: [], isOpen: true };
    return aliased(fields, output);
  }

  private join(fields: Fields, scope: Scope, seen: RangeItem[]): FromEntry {
    const left = this.entry(fields['larg'], scope, seen);
    const right = this.entry(fields['rarg'], scope, [...seen, ...left.items]);
    return this.joins.join(fields, left, right, scope);
  }
}

/** An entry under its alias, with the column names that the alias gives. */
function aliased(fields: Fields, output: Output, ownName?: string): RangeItem {
  const alias = fieldsOf(fields['alias']);
  const name = textOf(alias?.['aliasname']) ?? ownName;
  const columns = renamed(output.fields, namesIn(alias?.['colnames']));
  return {
    ...(name !== undefined && { name }),
    fields: columns,
    isOpen: output.isOpen,
    isNamed: name !== undefined,
    isBare: true,
  };
}

/** The fields of each table, the same objects for as long as its catalogue lives. */
const FIELDS = new WeakMap<CatalogTable, Field[]>();

function tableFields(table: CatalogTable): Field[] {
  const known = FIELDS.get(table);
  if (known) return known;
  const fields: Field[] = table.columns.map((column) => ({
    name: column.name,
    reads: [{ schema: table.schema, table: table.name, name: column.name }],
    isData: true,
  }));
  // No SQL can name a column that has no name.
  if (table.hiddenColumns) fields.push({ name: '', reads: [], hiddenIn: { schema: table.schema, name: table.name } });
  FIELDS.set(table, fields);
  return fields;
}

function nothing(): RangeItem {
  return { fields: [], isOpen: true, isNamed: false, isBare: true };
}
