import type { Catalog } from '../data-source/catalog';
import { Findings } from './findings';
import type { GuardVerdict, Violation } from './guard-verdict';
import { CatalogIndex } from './names/catalog-index';
import { QueryNames } from './names/query-names';
import { Effort, Usage, type Resolution } from './names/resolution';
import type { ParseOutcome } from './parser/sql-parser';
import { NodeRules } from './rules/node-rules';
import { checkSizes } from './rules/size-rules';
import { executableText } from './executable-text';
import { codePoints, Positions, unusualBlank } from './source-text';
import { as, fieldsOf, listOf, offsetOf, unwrap, type Fields } from './tree/pg-node';
import { checkStructure } from './tree/structure-check';

/** The verdict on a parsed statement. */
export function analyse(sql: string, outcome: ParseOutcome, catalog: Catalog): GuardVerdict {
  switch (outcome.kind) {
    case 'syntax-error':
      return refusal(sql, syntaxViolation(sql, outcome.message, outcome.position));
    case 'too-complex':
      return refusal(sql, { code: 'too-complex', message: `The statement is too complex: ${outcome.reason}.` });
    case 'parsed':
      return analyseTree(sql, JSON.parse(outcome.tree) as Fields, outcome.end, catalog);
  }
}

/** A verdict on a statement that was not looked into. */
export function refusal(sql: string, ...violations: Violation[]): GuardVerdict {
  return { allowed: false, sql, violations, relations: [], columns: [], functions: [], parameterCount: 0 };
}

function analyseTree(sql: string, tree: Fields, end: number | undefined, catalog: Catalog): GuardVerdict {
  const statements = listOf(tree['stmts']).map((each) => fieldsOf(each) ?? {});
  const [first, second] = statements;
  if (!first) return refusal(sql, { code: 'empty', message: 'There is no statement.' });
  const positions = new Positions(sql);
  const findings = new Findings(positions);
  if (second) findings.add('multiple-statements', 'Only one statement is allowed.', statementStart(second));
  const select = as('SelectStmt', first['stmt']);
  if (!select) refuseOther(first, findings);
  const rules = new NodeRules(CatalogIndex.of(catalog), findings, select ?? {});
  const usage = new Usage();
  if (select) examine(select, catalog, findings, rules, usage);
  const violations = findings.list();
  if (violations.length > 0) return { ...refusal(sql, ...violations), parameterCount: rules.parameters.size };
  return {
    allowed: true,
    sql: executableText(sql, end, positions),
    violations,
    relations: usage.relations,
    columns: usage.columns,
    functions: [...rules.called].sort(),
    parameterCount: rules.parameters.size,
  };
}

function examine(select: Fields, catalog: Catalog, findings: Findings, rules: NodeRules, usage: Usage): void {
  checkStructure(select, findings, (node) => rules.check(node));
  rules.checkParameters();
  // Names are resolved in trees of bounded size whose every part is known; in others the walk might miss some.
  if (findings.has('unsupported-construct') || findings.has('too-complex')) return;
  const index = CatalogIndex.of(catalog);
  const resolution: Resolution = {
    index,
    findings,
    functions: rules.functions,
    usage,
    effort: new Effort(findings),
    outputs: new WeakMap(),
    calls: [],
  };
  new QueryNames(resolution).run(select, { items: [] });
  checkSizes(resolution);
}

function refuseOther(statement: Fields, findings: Findings): void {
  const type = unwrap(statement['stmt'])?.type ?? '';
  const verb = type.replace(/Stmt$/, '');
  findings.add(
    'not-a-select',
    `Only SELECT is allowed; this is ${verb || 'something else'}.`,
    statementStart(statement),
  );
}

function statementStart(statement: Fields): number {
  const start = statement['stmt_location'];
  return offsetOf({ location: typeof start === 'number' ? start : 0 });
}

/** The parser's message quotes the text where it stopped, which may be a value. */
function syntaxViolation(sql: string, message: string, position: number | undefined): Violation {
  const place = position === undefined ? codePoints(sql) : Math.min(position, codePoints(sql));
  const masked = message.replace(
    / at or near "([^]*)"$/,
    (_, near: string) => ` at or near ${isName(near) ? `"${near}"` : 'this place'}`,
  );
  const hint = unusualBlank(sql) ? ' The text holds an unusual blank, which PostgreSQL takes for part of a name.' : '';
  return { code: 'syntax-error', message: `${capital(masked)}.${hint}`, position: place + 1 };
}

/** A keyword, a name or a sign; not a quoted or numeric value. */
function isName(near: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$]{0,62}$/u.test(near) || /^[^\p{L}\p{N}'$]{1,3}$/u.test(near);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
