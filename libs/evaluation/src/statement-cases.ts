import { InputError, type InputRecord } from '@memori/golds';

/** A statement with the class that the real parser gives it. */
export interface StatementCase {
  readonly id: string;
  readonly sql: string;
  readonly class: string;
}

/** The one class that may pass: whether it does depends on its functions. */
export const READ_CLASS = 'read_only_select';

/** What the guard must say of each class that is not a read; of any other, that it is no SELECT. */
const CODES: Record<string, readonly string[]> = {
  data_modifying_cte: ['data-modifying-cte'],
  select_into: ['select-into'],
  select_for_update: ['locking-clause'],
  select_system_catalog: ['system-relation'],
  select_side_effect_function: ['function-not-allowed'],
  unparseable: ['syntax-error'],
  empty: ['empty'],
};

/** Codes of which one must be among the violations of a statement of this class. */
export function codesFor(statementClass: string): readonly string[] {
  return CODES[statementClass] ?? ['not-a-select'];
}

export function isStatement({ fields }: InputRecord): boolean {
  return typeof fields['class'] === 'string' && !('question' in fields);
}

export function statementCases(records: readonly InputRecord[]): StatementCase[] {
  return records.map(({ fields, place }) => {
    const { sql, class: statementClass, id } = fields;
    if (typeof sql !== 'string') throw new InputError(`${place}: "sql" is missing.`);
    return { id: typeof id === 'string' ? id : place, sql, class: String(statementClass) };
  });
}
