import type { Findings } from '../findings';
import { MAX_FROM_ENTRIES } from '../limits';
import type { CatalogIndex } from '../names/catalog-index';
import { as, fieldsOf, listOf, namesIn, offsetOf, type Fields } from '../tree/pg-node';
import type { VisitedNode } from '../tree/structure-check';
import { FunctionRules, type Call } from './function-rules';
import { operatorNames } from './operator-names';
import { OperatorRules } from './operator-rules';
import { isEndless } from './recursion-rules';
import { TypeRules } from './type-rules';
import { checkValueFunction } from './value-functions';

/** What of a statement can be judged node by node: functions, types, operators, parameters. */
export class NodeRules {
  readonly functions: FunctionRules;
  readonly called = new Set<string>();
  readonly parameters = new Set<number>();
  private fromEntries = 0;
  private readonly types: TypeRules;
  private readonly operators: OperatorRules;

  constructor(
    index: CatalogIndex,
    private readonly findings: Findings,
    private readonly root: Fields,
  ) {
    this.types = new TypeRules(index, findings);
    this.operators = new OperatorRules(index, findings);
    this.functions = new FunctionRules(index, this.types, findings);
  }

  check(node: VisitedNode): void {
    const { fields } = node;
    switch (node.type) {
      case 'FuncCall':
        return this.call(node);
      case 'TypeName':
        return this.types.check(fields, isOfLiteral(node));
      case 'A_Expr':
      case 'SubLink':
      case 'SortBy':
      case 'CaseExpr':
      case 'JoinExpr':
        return this.operatorsOf(node);
      case 'SQLValueFunction':
        return checkValueFunction(fields, this.findings);
      case 'ParamRef':
        return void this.parameters.add(typeof fields['number'] === 'number' ? fields['number'] : 0);
      case 'RangeTableSample':
        return this.sample(fields);
      case 'RangeVar':
      case 'RangeSubselect':
      case 'RangeFunction':
        return this.countEntry(fields);
      case 'SelectStmt':
        if (isEndless(fields))
          this.findings.add('too-complex', 'This WITH RECURSIVE has no end; give its recursive part a WHERE.');
        return undefined;
      default:
        return undefined;
    }
  }

  /** `$1` to `$n` without a gap. */
  checkParameters(): void {
    const highest = Math.max(0, ...this.parameters);
    const missing = Array.from({ length: Math.min(highest, 100) }, (_, i) => i + 1).filter(
      (n) => !this.parameters.has(n),
    );
    if (this.parameters.has(0)) this.findings.add('parameter-mismatch', 'Parameters begin with $1.');
    if (missing.length === 0 && highest === this.parameters.size) return;
    const names = missing
      .slice(0, 5)
      .map((n) => `$${n}`)
      .join(', ');
    this.findings.add(
      'parameter-mismatch',
      `Parameters must be $1 to $n without a gap${names ? `; ${names} is missing` : ''}.`,
    );
  }

  private call(node: VisitedNode): void {
    const { fields } = node;
    const names = namesIn(fields['funcname']);
    const call: Call = {
      names,
      argumentCount: listOf(fields['args']).length,
      isSqlSyntax: fields['funcformat'] === 'COERCE_SQL_SYNTAX',
      offset: offsetOf(fields),
    };
    const isBuiltin = names.length === 1 || names[0] === 'pg_catalog';
    this.called.add(isBuiltin ? (names.at(-1) ?? '') : names.join('.'));
    if (!this.functions.check(call)) return;
    if (names.at(-1) === 'pg_typeof' && !this.isOnlyShown(node)) {
      const message = 'pg_typeof is allowed as text only: write pg_typeof(…)::text.';
      this.findings.add('function-not-allowed', message, call.offset);
    }
  }

  /** A regtype compared with a text looks that text up in the catalogue; cast to text or returned, it does not. */
  private isOnlyShown(node: VisitedNode): boolean {
    const { parent } = node;
    if (parent?.type === 'TypeCast') {
      return ['text', 'varchar'].includes(namesIn(fieldsOf(parent.fields['typeName'])?.['names']).at(-1) ?? '');
    }
    return parent?.type === 'ResTarget' && parent.parent?.fields === this.root;
  }

  private countEntry(fields: Fields): void {
    this.fromEntries += 1;
    if (this.fromEntries !== MAX_FROM_ENTRIES + 1) return;
    this.findings.add(
      'too-complex',
      `At most ${MAX_FROM_ENTRIES} tables and subqueries are allowed.`,
      offsetOf(fields),
    );
  }

  private operatorsOf({ type, fields }: VisitedNode): void {
    for (const parts of operatorNames(type, fields)) this.operators.check(parts, offsetOf(fields));
  }

  private sample(fields: Fields): void {
    const method = namesIn(fields['method']).join('.');
    const isKnown = /^(pg_catalog\.)?(bernoulli|system)$/.test(method);
    const isOfTable = as('RangeVar', fields['relation']) !== undefined;
    if (isKnown && isOfTable) return;
    this.findings.add('unsupported-construct', `TABLESAMPLE ${method} is not allowed.`, offsetOf(fields));
  }
}

function isOfLiteral({ parent }: VisitedNode): boolean {
  return parent?.type === 'TypeCast' && as('A_Const', parent.fields['arg'])?.['sval'] !== undefined;
}
