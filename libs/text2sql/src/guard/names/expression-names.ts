import {
  as,
  childrenOf,
  fieldsOf,
  listOf,
  offsetOf,
  textOf,
  unwrap,
  type Fields,
  type TypedNode,
} from '../tree/pg-node';
import { ColumnReferences } from './column-reference';
import { quoteName } from './quote-name';
import type { Resolution, RunQuery } from './resolution';
import type { Field, Scope } from './scope';

/** Resolves the names in expressions. Iterative: a sum may be a thousand operators deep. */
export class ExpressionNames {
  readonly references: ColumnReferences;

  constructor(
    private readonly resolution: Resolution,
    private readonly runQuery: RunQuery,
  ) {
    this.references = new ColumnReferences(resolution);
  }

  resolveAll(nodes: unknown, scope: Scope): void {
    for (const node of listOf(nodes)) this.resolve(node, scope);
  }

  /** Resolves a wrapped node. Where it is a row, its fields come back. */
  resolve(node: unknown, scope: Scope): Field | undefined {
    const root = unwrap(node);
    if (!root) return undefined;
    if (root.type === 'ColumnRef') return this.references.read(root.fields, scope);
    if (root.type === 'A_Indirection') return this.indirection(root.fields, scope);
    this.walk([root], scope);
    return undefined;
  }

  /** Resolves fields that stand without a wrapper, such as the window of a call. */
  resolveInline(type: string, value: unknown, scope: Scope): void {
    const fields = fieldsOf(value);
    if (fields) this.walk([{ type, fields }], scope);
  }

  private walk(open: TypedNode[], scope: Scope): void {
    for (let node = open.pop(); node; node = open.pop()) {
      if (this.resolution.findings.isFull) return;
      open.push(...this.step(node, scope));
    }
  }

  /** Deals with one node and returns those below that remain. */
  private step(node: TypedNode, scope: Scope): TypedNode[] {
    switch (node.type) {
      case 'ColumnRef':
        this.references.read(node.fields, scope);
        return [];
      case 'A_Indirection':
        this.indirection(node.fields, scope);
        return [];
      case 'SelectStmt':
        this.runQuery(node.fields, scope);
        return [];
      // The words in a type's brackets are no columns: geometry(Point, 4326).
      case 'TypeName':
        return [];
      case 'FuncCall':
        this.resolution.calls.push({ call: node.fields, scope });
        return childrenOf(node);
      default:
        return childrenOf(node);
    }
  }

  /** `(row).field`, `(row).*`, `array[1]` and any chain of them. */
  private indirection(fields: Fields, scope: Scope): Field | undefined {
    const reference = as('ColumnRef', fields['arg']);
    const offset = offsetOf(reference ?? {});
    let field = reference ? this.references.find(reference, scope) : this.resolve(fields['arg'], scope);
    let isRecorded = reference === undefined;
    for (const part of listOf(fields['indirection'])) {
      const subscript = as('A_Indices', part);
      const name = textOf(as('String', part)?.['sval']);
      if (subscript) this.walk(childrenOf({ type: 'A_Indices', fields: subscript }), scope);
      const next = name === undefined ? undefined : this.select(field, name, fields);
      // A row that is taken apart reads the field that is taken, anything else reads the whole.
      if (field && !isRecorded && !(field.row && next)) {
        this.references.record(field, offset);
        isRecorded = true;
      }
      if (next === undefined && as('A_Star', part)) return field;
      field = next;
    }
    if (field && !isRecorded) this.references.record(field, offset);
    return field;
  }

  /** `(value).name`: a field of a row, else a function or cast of that name, which is judged like any call. */
  private select(value: Field | undefined, name: string, fields: Fields): Field | undefined {
    const [found, another] = value?.row?.filter((field) => field.name === name) ?? [];
    if (found && !another) return found;
    const offset = offsetOf(as('ColumnRef', fields['arg']) ?? unwrap(fields['arg'])?.fields ?? {});
    const { findings, functions } = this.resolution;
    if (another) {
      findings.add('ambiguous-column', `The column ${quoteName(name)} stands more than once in this row.`, offset);
      return undefined;
    }
    if (functions.isKnownAndRefused(name)) {
      findings.add('function-not-allowed', `.${quoteName(name)} calls a function or cast that is not allowed.`, offset);
    } else if (value?.row && !value.isOpenRow) {
      findings.add('unknown-column', `There is no column ${quoteName(name)} in this row.`, offset);
    }
    return undefined;
  }
}
