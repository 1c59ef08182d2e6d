import type { Findings } from '../findings';
import { shapeOf } from './node-shapes';
import { eachChild, fieldsOf, offsetOf, type Fields, type TypedNode } from './pg-node';

/** A node with the way to it. */
export interface VisitedNode extends TypedNode {
  parent?: VisitedNode;
}

const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * Walks a SELECT's whole tree and refuses every node and field that the allow-list does not hold. `visit` sees each
 * allowed node. Iterative, since a tree may be a thousand operators deep.
 */
export function checkStructure(root: Fields, findings: Findings, visit: (node: VisitedNode) => void): void {
  const open: VisitedNode[] = [{ type: 'SelectStmt', fields: root }];
  for (let node = open.pop(); node; node = open.pop()) {
    if (!isAllowed(node, findings)) continue;
    visit(node);
    const parent = node;
    eachChild(node, ({ type, fields }) => open.push({ type, fields, parent }));
  }
}

function isAllowed(node: VisitedNode, findings: Findings): boolean {
  const shape = shapeOf(node.type);
  if (!shape) {
    if (WRITES.has(node.type)) refuseWrite(node, findings);
    else refuse(node, findings, `The construct ${node.type} is not allowed in a SELECT.`);
    return false;
  }
  if (node.type === 'SelectStmt') checkClauses(node, findings);
  return hasKnownFields(node, shape, findings);
}

function checkClauses(select: VisitedNode, findings: Findings): void {
  if (select.fields['intoClause'] !== undefined) {
    findings.add('select-into', 'SELECT INTO makes a table and is not allowed.', intoOffset(select));
  }
  if (select.fields['lockingClause'] !== undefined) {
    findings.add('locking-clause', 'FOR UPDATE and FOR SHARE lock rows and are not allowed.', nearestOffset(select));
  }
}

/** A field that is not known, or that hides a node where a plain value is expected, would escape the walk. */
function hasKnownFields(node: VisitedNode, shape: ReadonlyMap<string, string>, findings: Findings): boolean {
  for (const name in node.fields) {
    if (name === 'location') continue;
    const kind = shape.get(name);
    if (kind !== undefined && (kind !== 'value' || isPlain(node, name))) continue;
    refuse(node, findings, `The construct ${node.type} with ${name} is not allowed.`);
    return false;
  }
  return true;
}

function isPlain(node: VisitedNode, name: string): boolean {
  const value = node.fields[name];
  if (typeof value !== 'object' || value === null) return true;
  // Constants hold their value in an object; the clauses of a SELECT that are refused are not walked.
  return node.type === 'A_Const' || node.type === 'SelectStmt' || name === 'format' || name === 'returning';
}

function refuse(node: VisitedNode, findings: Findings, message: string): void {
  findings.add('unsupported-construct', message, nearestOffset(node));
}

function intoOffset(node: VisitedNode): number {
  const into = fieldsOf(fieldsOf(node.fields['intoClause'])?.['rel']);
  return into ? offsetOf(into) : -1;
}

function refuseWrite(node: VisitedNode, findings: Findings): void {
  const verb = node.type.replace('Stmt', '').toUpperCase();
  findings.add('data-modifying-cte', `${verb} inside a query changes data and is not allowed.`, nearestOffset(node));
}

/** Its own place, or that of the nearest node around it that has one. */
function nearestOffset(node: VisitedNode): number {
  for (let each: VisitedNode | undefined = node; each; each = each.parent) {
    if (typeof each.fields['location'] === 'number' && each.fields['location'] >= 0) return offsetOf(each.fields);
  }
  return -1;
}
