import { shapeOf, type FieldKind } from './node-shapes';

/** The fields of a node, as libpg-query gives them. */
export type Fields = Readonly<Record<string, unknown>>;

/** A node with its type beside it; `{}` in a tree stands for NULL. */
export interface TypedNode {
  type: string;
  fields: Fields;
}

/** `{ "ColumnRef": { … } }` taken apart. */
export function unwrap(node: unknown): TypedNode | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  // The only key. A loop, since this runs for every node of every statement.
  for (const type in node) return { type, fields: (node as Record<string, Fields>)[type] ?? {} };
  return undefined;
}

/** The fields of a wrapped node of one type, or undefined when it is another. */
export function as(type: string, node: unknown): Fields | undefined {
  const typed = unwrap(node);
  return typed?.type === type ? typed.fields : undefined;
}

/** A field that holds a list; absent lists are empty. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field that holds bare fields, such as `larg` of a SelectStmt. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The text of each String in a list: the parts of a name. Anything else in the list gives an empty part. */
export function namesIn(list: unknown): string[] {
  return listOf(list).map((item) => textOf(as('String', item)?.['sval']) ?? '');
}

/** The byte offset of a node; the parser leaves out 0 and writes -1 where it knows none. */
export function offsetOf(fields: Fields): number {
  const location = fields['location'];
  return typeof location === 'number' ? location : 0;
}

/** The nodes directly below, of allowed types and fields alone: the structure was checked before. */
export function childrenOf(node: TypedNode): TypedNode[] {
  const children: TypedNode[] = [];
  eachChild(node, (child) => children.push(child));
  return children;
}

/** Calls `visit` with each node directly below. */
export function eachChild(node: TypedNode, visit: (child: TypedNode) => void): void {
  const shape = shapeOf(node.type);
  for (const name in node.fields) {
    const kind = shape?.get(name) ?? 'value';
    if (kind !== 'value') eachIn(kind, node.fields[name], visit);
  }
}

function eachIn(kind: FieldKind, value: unknown, visit: (child: TypedNode) => void): void {
  if (kind === 'nodes') {
    for (const item of listOf(value)) eachIn('node', item, visit);
    return;
  }
  const child = kind === 'node' ? unwrap(value) : inline(kind.slice(1), value);
  if (child) visit(child);
}

function inline(type: string, value: unknown): TypedNode | undefined {
  const fields = fieldsOf(value);
  return fields && { type, fields };
}
