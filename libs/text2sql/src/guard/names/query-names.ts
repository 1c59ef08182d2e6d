import { MAX_COLUMNS } from '../limits';
import { columnLabel } from '../tree/column-label';
import { as, fieldsOf, listOf, offsetOf, textOf, type Fields } from '../tree/pg-node';
import { isStar } from './column-reference';
import { ExpressionNames } from './expression-names';
import { FromClause } from './from-clause';
import { OutputClauses } from './output-clauses';
import type { Resolution } from './resolution';
import { scopeWithin, type Field, type Output, type Scope } from './scope';
import { bindCtes } from './with-clause';

type OnFirstArm = (output: Output) => void;

/** Resolves the names of a SELECT, VALUES or set operation as PostgreSQL's analyzer does. */
export class QueryNames {
  private readonly expressions: ExpressionNames;
  private readonly from: FromClause;
  private readonly clauses: OutputClauses;

  constructor(private readonly resolution: Resolution) {
    const run = (query: Fields, outer: Scope) => this.run(query, outer);
    this.expressions = new ExpressionNames(resolution, run);
    this.from = new FromClause(resolution, this.expressions, run);
    this.clauses = new OutputClauses(this.expressions);
  }

  /** `outer` holds the queries around this one and their WITH queries. */
  run(query: Fields, outer: Scope, onFirstArm?: OnFirstArm): Output {
    const run = (cte: Fields, scope: Scope, onFirst: OnFirstArm) => this.run(cte, scope, onFirst);
    const ctes = bindCtes(fieldsOf(query['withClause']), outer, run);
    const scope = scopeWithin(outer, ctes);
    const output = this.body(query, scope, onFirstArm);
    this.resolution.outputs.set(query, output);
    return output;
  }

  private body(query: Fields, scope: Scope, onFirstArm: OnFirstArm | undefined): Output {
    if (query['op'] !== undefined && query['op'] !== 'SETOP_NONE') return this.setOperation(query, scope, onFirstArm);
    return listOf(query['valuesLists']).length > 0 ? this.values(query, scope) : this.select(query, scope);
  }

  private select(query: Fields, scope: Scope): Output {
    this.from.resolve(query['fromClause'], scope);
    this.expressions.resolve(query['whereClause'], scope);
    const output = this.targets(query, scope);
    this.clauses.resolve(query, output.fields, scope);
    return output;
  }

  private targets(query: Fields, scope: Scope): Output {
    const fields: Field[] = [];
    let isOpen = false;
    for (const node of listOf(query['targetList'])) {
      const output = this.target(as('ResTarget', node) ?? {}, scope);
      fields.push(...output.fields);
      isOpen ||= output.isOpen;
      if (fields.length <= MAX_COLUMNS) continue;
      this.resolution.findings.add('too-complex', `A query may return at most ${MAX_COLUMNS} columns.`);
      return { fields: [], isOpen: true };
    }
    return { fields, isOpen };
  }

  private target(target: Fields, scope: Scope): Output {
    const reference = as('ColumnRef', target['val']);
    if (reference && isStar(reference)) return this.star(reference, scope);
    const row = this.expressions.resolve(target['val'], scope);
    if (endsInStar(target['val']))
      return { fields: (row?.row ?? []).map(outside), isOpen: !row?.row || row.isOpenRow === true };
    const name = textOf(target['name']) ?? columnLabel(target['val']);
    const origins = [{ expression: target['val'], scope }];
    const shape = row?.row && { row: row.row.map(outside), ...(row.isOpenRow && { isOpenRow: true }) };
    return { fields: [{ name, reads: [], origins, ...shape }], isOpen: false };
  }

  private star(reference: Fields, scope: Scope): Output {
    const items = this.expressions.references.starItems(reference, scope);
    const all = items.flatMap((item) => item.fields.filter((field) => field.isHidden !== true));
    if (!this.resolution.effort.spend(all.length)) return { fields: [], isOpen: true };
    this.expressions.references.readAll(all, offsetOf(reference));
    const fields = all.filter((field) => field.hiddenIn === undefined);
    return { fields: fields.map(outside), isOpen: items.some((item) => item.isOpen) };
  }

  private values(query: Fields, scope: Scope): Output {
    const rows = listOf(query['valuesLists']).map((row) => listOf(as('List', row)?.['items']));
    for (const row of rows) this.expressions.resolveAll(row, scope);
    const width = Math.max(...rows.map((row) => row.length));
    const fields = Array.from({ length: width }, (_, index) => {
      const origins = rows.map((row) => ({ expression: row[index], scope }));
      return { name: `column${index + 1}`, reads: [], origins };
    });
    this.clauses.resolveOrder(query, fields, scope);
    return { fields, isOpen: false };
  }

  /** Columns are named by the first part; the parts of a chain of UNIONs are taken one after another. */
  private setOperation(query: Fields, scope: Scope, onFirstArm: OnFirstArm | undefined): Output {
    const [first = {}, ...others] = armsOf(query);
    const output = this.run(first, scope);
    onFirstArm?.(output);
    const rest = others.map((arm) => this.run(arm, scope));
    const fields = output.fields.map((field, index) =>
      unite(
        field,
        rest.map((arm) => arm.fields[index]),
      ),
    );
    const united = { fields, isOpen: output.isOpen };
    this.clauses.resolveOrder(query, united.fields, scope, united.isOpen);
    return united;
  }
}

/** The parts of a chain of set operations, from the left; one with clauses of its own stays whole. */
function armsOf(query: Fields): Fields[] {
  const arms: Fields[] = [];
  let left: Fields | undefined = query;
  while (left && (left === query || isBareSetOperation(left))) {
    const right = fieldsOf(left['rarg']);
    if (right) arms.unshift(right);
    left = fieldsOf(left['larg']);
  }
  return left ? [left, ...arms] : arms;
}

function isBareSetOperation(query: Fields): boolean {
  const hasClauses = ['sortClause', 'limitCount', 'limitOffset', 'withClause'].some(
    (name) => query[name] !== undefined,
  );
  return query['op'] !== 'SETOP_NONE' && !hasClauses;
}

function endsInStar(value: unknown): boolean {
  const parts = listOf(as('A_Indirection', value)?.['indirection']);
  return parts.length > 0 && as('A_Star', parts.at(-1)) !== undefined;
}

/** A column as the query around sees it: what it reads was recorded inside. */
function outside(field: Field): Field {
  return { ...field, reads: [] };
}

/** A column that several parts may fill. */
function unite(field: Field, others: (Field | undefined)[]): Field {
  const all = [field, ...others];
  const origins = all.flatMap((each) => each?.origins ?? []);
  const isData = all.every((each) => each?.isData === true);
  return { name: field.name, reads: [], isData, ...(origins.length > 0 && { origins }) };
}
