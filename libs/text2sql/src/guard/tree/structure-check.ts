import type { Findings } from '../findings';
import { shapeOf } from './node-shapes';
import { childrenOf, fieldsOf, offsetOf, type Fields, type TypedNode } from './pg-node';

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
    for (const child of childrenOf(node)) open.push({ ...child, parent: node });
  }
}

function isAllowed(node: VisitedNode, findings: Findings): boolean {
  const offset = nearestOffset(node);
  const shape = shapeOf(node.type);
  if (!shape) {
    if (WRITES.has(node.type)) refuseWrite(node, findings, offset);
    else findings.add('unsupported-construct', `${wordsOf(node.type)} is not allowed in a SELECT.`, offset);
    return false;
  }
  if (node.fields['intoClause'] !== undefined) {
    findings.add('select-into', 'SELECT INTO makes a table and is not allowed.', intoOffset(node));
  }
  if (node.fields['lockingClause'] !== undefined) {
    findings.add('locking-clause', 'FOR UPDATE and FOR SHARE lock rows and are not allowed.', offset);
  }
  return hasKnownFields(node, shape, findings, offset);
}

function hasKnownFields(
  node: VisitedNode,
  shape: ReadonlyMap<string, string>,
  findings: Findings,
  offset: number,
): boolean {
  const unknown = Object.keys(node.fields).filter((name) => name !== 'location' && !shape.has(name));
  // A wrapped node has one key, its type: more would escape the walk.
  if (unknown.length === 0) return areValues(node, shape, findings, offset);
  findings.add('unsupported-construct', `${wordsOf(node.type)} with ${unknown.join(', ')} is not allowed.`, offset);
  return false;
}

/** A field that is read as a plain value may not hide a node of its own; the few that hold an object are known. */
function areValues(node: VisitedNode, shape: ReadonlyMap<string, string>, findings: Findings, offset: number): boolean {
  const holdsObjects = node.type === 'A_Const' || node.type === 'SelectStmt';
  const hidden = Object.entries(node.fields).some(([name, value]) => {
    if (shape.get(name) !== 'value' || typeof value !== 'object' || value === null) return false;
    return !holdsObjects && name !== 'format' && name !== 'returning';
  });
  if (hidden) findings.add('unsupported-construct', `This form of ${wordsOf(node.type)} is not allowed.`, offset);
  return !hidden;
}

function intoOffset(node: VisitedNode): number {
  const into = fieldsOf(fieldsOf(node.fields['intoClause'])?.['rel']);
  return into ? offsetOf(into) : -1;
}

function refuseWrite(node: VisitedNode, findings: Findings, offset: number): void {
  const verb = node.type.replace('Stmt', '').toUpperCase();
  findings.add('data-modifying-cte', `${verb} inside a query changes data and is not allowed.`, offset);
}

/** Its own place, or that of the nearest node around it that has one. */
function nearestOffset(node: VisitedNode): number {
  for (let each: VisitedNode | undefined = node; each; each = each.parent) {
    if (typeof each.fields['location'] === 'number' && each.fields['location'] >= 0) return offsetOf(each.fields);
  }
  return -1;
}

/** `SetToDefault` as people read it. */
function wordsOf(type: string): string {
  return `The construct ${type}`;
}
