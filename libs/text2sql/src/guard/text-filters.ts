import type { ColumnName, GuardVerdict } from './guard-verdict';
import { fieldsOf, listOf, namesIn, textOf, unwrap, type Fields } from './tree/pg-node';

/** A column that a statement compares with a text that stands in it. */
export interface TextFilter {
  /** Usually one; several where an unqualified name, or an alias used twice, may mean either. */
  readonly columns: readonly ColumnName[];
  readonly text: string;
  /** `text` is the whole value, or a pattern of LIKE. */
  readonly kind: 'value' | 'pattern';
  /** Compared without regard to case: ILIKE, lower(…), upper(…). */
  readonly ignoresCase: boolean;
  /** What does not equal or match: <>, NOT IN, NOT LIKE. */
  readonly isNegated: boolean;
}

/** Functions of one text that change nothing but its case or the blanks around it. */
const CASES = new Set(['lower', 'upper']);
const TRIMS = new Set(['btrim', 'ltrim', 'rtrim', 'trim']);
const KINDS: Readonly<Record<string, TextFilter['kind']>> = {
  AEXPR_OP: 'value',
  AEXPR_OP_ANY: 'value',
  AEXPR_IN: 'value',
  AEXPR_LIKE: 'pattern',
  AEXPR_ILIKE: 'pattern',
};

/** The texts that an allowed statement compares its columns with, by the tree that the parser made of it. */
export function textFilters(tree: Fields, { columns }: Pick<GuardVerdict, 'columns'>): TextFilter[] {
  const aliases = new Map<string, Set<string>>();
  const comparisons: Fields[] = [];
  eachNode(tree, (type, fields) => {
    if (type === 'RangeVar') noteAlias(aliases, fields);
    if (type === 'A_Expr') comparisons.push(fields);
  });
  return comparisons.flatMap((fields) => filtersOf(fields, aliases, columns));
}

function filtersOf(fields: Fields, aliases: Aliases, columns: readonly ColumnName[]): TextFilter[] {
  const kind = KINDS[textOf(fields['kind']) ?? ''];
  const operator = namesIn(fields['name']).at(-1) ?? '';
  if (!kind || !['=', '<>', '~~', '~~*', '!~~', '!~~*'].includes(operator)) return [];
  const [left, right] = [fields['lexpr'], fields['rexpr']];
  const side = columnIn(left) ?? columnIn(right);
  if (!side) return [];
  const texts = columnIn(left) ? textsIn(right) : textsIn(left);
  const meant = columnsMeant(side.names, aliases, columns);
  const isNegated = operator === '<>' || operator.startsWith('!');
  const ignoresCase = side.ignoresCase || operator.endsWith('*');
  if (meant.length === 0) return [];
  return texts.map((text) => ({ columns: meant, text, kind, ignoresCase, isNegated }));
}

type Aliases = ReadonlyMap<string, ReadonlySet<string>>;

function noteAlias(aliases: Map<string, Set<string>>, range: Fields): void {
  const table = textOf(range['relname']) ?? '';
  const alias = textOf(fieldsOf(range['alias'])?.['aliasname']) ?? table;
  aliases.set(alias, (aliases.get(alias) ?? new Set()).add(table));
}

/** Of a column that comes out of a subquery or a WITH query every column of that name may be meant. */
function columnsMeant(names: readonly string[], aliases: Aliases, columns: readonly ColumnName[]): ColumnName[] {
  const named = columns.filter(({ name }) => name === names.at(-1));
  const tables = names.length > 1 ? aliases.get(names.at(-2) ?? '') : undefined;
  const ofTables = named.filter(({ table }) => tables?.has(table));
  return ofTables.length > 0 ? ofTables : named;
}

/** The column inside of casts, lower(…), upper(…) and trim(…). */
function columnIn(node: unknown): { names: string[]; ignoresCase: boolean } | undefined {
  const typed = unwrap(node);
  if (typed?.type === 'ColumnRef') return { names: namesIn(typed.fields['fields']), ignoresCase: false };
  if (typed?.type === 'TypeCast') return columnIn(typed.fields['arg']);
  const name = typed?.type === 'FuncCall' ? (namesIn(typed.fields['funcname']).at(-1) ?? '') : '';
  if (!CASES.has(name) && !TRIMS.has(name)) return undefined;
  const inner = columnIn(listOf(typed?.fields['args'])[0]);
  return inner && { ...inner, ignoresCase: inner.ignoresCase || CASES.has(name) };
}

function textsIn(node: unknown): string[] {
  const typed = unwrap(node);
  switch (typed?.type) {
    case 'A_Const':
      return [textOf(fieldsOf(typed.fields['sval'])?.['sval'])].filter((text) => text !== undefined);
    case 'List':
      return listOf(typed.fields['items']).flatMap(textsIn);
    case 'A_ArrayExpr':
      return listOf(typed.fields['elements']).flatMap(textsIn);
    case 'TypeCast':
      return textsIn(typed.fields['arg']);
    case 'FuncCall': {
      const isPlain = [...CASES, ...TRIMS].includes(namesIn(typed.fields['funcname']).at(-1) ?? '');
      return isPlain ? listOf(typed.fields['args']).slice(0, 1).flatMap(textsIn) : [];
    }
    default:
      return [];
  }
}

/** Every node of a tree, whatever holds it: what is not a node has no key in upper case. */
function eachNode(value: unknown, visit: (type: string, fields: Fields) => void): void {
  if (Array.isArray(value)) for (const item of value) eachNode(item, visit);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (/^[A-Z]/.test(name)) visit(name, (inner ?? {}) as Fields);
      eachNode(inner, visit);
    }
  }
}
