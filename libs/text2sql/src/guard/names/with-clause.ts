import { as, fieldsOf, listOf, namesIn, textOf, type Fields } from '../tree/pg-node';
import { renamed, scopeWithin, type Cte, type CteScope, type Field, type Output, type Scope } from './scope';

/** Resolves a query; `onFirstArm` hears the output of a UNION's non-recursive part as soon as it is known. */
export type RunCte = (query: Fields, outer: Scope, onFirstArm: (output: Output) => void) => Output;

/** The WITH queries of a query: each sees those before it, or with RECURSIVE all of them and itself. */
export function bindCtes(clause: Fields | undefined, outer: Scope, run: RunCte): CteScope | undefined {
  const ctes = listOf(clause?.['ctes']).map((node) => as('CommonTableExpr', node) ?? {});
  if (clause?.['recursive'] === true) return bindRecursive(ctes, outer, run);
  return ctes.reduce<CteScope | undefined>((before, fields) => {
    const cte = lazyCte(fields, () => scopeWithin(outer, before), run);
    cte.output();
    return child(before, [cte]);
  }, outer.ctes);
}

function bindRecursive(ctes: Fields[], outer: Scope, run: RunCte): CteScope {
  const scope: CteScope = child(outer.ctes, []);
  for (const fields of ctes) {
    const cte = lazyCte(fields, () => scopeWithin(outer, scope), run);
    scope.ctes.set(cte.name, cte);
  }
  for (const cte of scope.ctes.values()) cte.output();
  return scope;
}

function child(parent: CteScope | undefined, ctes: Cte[]): CteScope {
  return { ctes: new Map(ctes.map((cte) => [cte.name, cte])), ...(parent && { parent }) };
}

function lazyCte(fields: Fields, outer: () => Scope, run: RunCte): Cte {
  let output: Output | undefined;
  let provisional: Output | undefined;
  let isRunning = false;
  const named = (result: Output, isHidden: boolean) => withNames(fields, result, isHidden);
  const compute = (): Output => {
    isRunning = true;
    const query = as('SelectStmt', fields['ctequery']);
    if (!query) return { fields: [], isOpen: true };
    return named(
      run(query, outer(), (first) => (provisional = asSelf(named(first, true)))),
      false,
    );
  };
  return {
    name: textOf(fields['ctename']) ?? '',
    output: () => {
      // Named inside itself: the columns are those of its first part, if that is known by now.
      if (isRunning && !output) return provisional ?? { fields: [], isOpen: true };
      return (output ??= compute());
    },
  };
}

/** Inside itself a column may hold what any round before made of it. */
function asSelf(output: Output): Output {
  return {
    ...output,
    fields: output.fields.map(({ name, reads, isHidden }) => ({
      name,
      reads,
      isSelf: true,
      ...(isHidden && { isHidden }),
    })),
  };
}

/** The columns under the names that the WITH gives, and those that SEARCH and CYCLE add. */
function withNames(fields: Fields, output: Output, isHidden: boolean): Output {
  const search = fieldsOf(fields['search_clause']);
  const cycle = fieldsOf(fields['cycle_clause']);
  const added = [search?.['search_seq_column'], cycle?.['cycle_mark_column'], cycle?.['cycle_path_column']];
  const extra: Field[] = added.flatMap((name) => (typeof name === 'string' ? [{ name, reads: [], isHidden }] : []));
  return { fields: [...renamed(output.fields, namesIn(fields['aliascolnames'])), ...extra], isOpen: output.isOpen };
}
