import { FieldChecks } from '@memori/session';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { normaliseQuestion } from './normalise-question';
import { parseTemplate, templateFault } from './question-template';
import { PARAMETER_TYPES, type VerifiedParameter } from './verified-query';

const MAX_QUESTION = 1000;
const MAX_SQL = 20_000;
const MAX_DESCRIPTION = 2000;
const MAX_PARAMETERS = 20;

/** What a verified query is made from. */
export interface VerifiedQueryInput {
  readonly dataSourceId?: string | null;
  readonly question: string;
  readonly sql: string;
  readonly parameters?: readonly VerifiedParameter[] | null;
  readonly description?: string | null;
}

/** A merge patch: absent stays. Any change is checked like a new query and makes it verified again. */
export type VerifiedQueryPatch = Partial<Omit<VerifiedQueryInput, 'dataSourceId'>>;

/** Form and template; whether the SQL holds is asked of the guard and of the database afterwards. */
export function checkVerifiedQuery(input: VerifiedQueryInput, catalog: Catalog): void {
  const checks = new FieldChecks();
  checks.text('/question', input.question, MAX_QUESTION);
  checks.text('/sql', input.sql, MAX_SQL);
  checks.optionalText('/description', input.description, MAX_DESCRIPTION);
  checkParameters(checks, input.parameters ?? [], catalog);
  checks.throwIfAny();
  checkBlanks(checks, input);
  checks.throwIfAny();
}

/** `city`, `customers.city` or `sales.customers.city`, where it names one column of the catalogue. */
export function findColumn(catalog: Catalog, path: string): { table: CatalogTable; column: string } | undefined {
  const candidates = catalog.tables.flatMap((table) =>
    table.columns
      .filter(({ name }) => path === `${table.name}.${name}` || path === `${table.schema}.${table.name}.${name}`)
      .map(({ name }) => ({ table, column: name })),
  );
  return candidates.length === 1 ? candidates[0] : undefined;
}

function checkParameters(checks: FieldChecks, parameters: readonly VerifiedParameter[], catalog: Catalog): void {
  if (!Array.isArray(parameters)) return checks.add('/parameters', 'must be a list');
  if (parameters.length > MAX_PARAMETERS) return checks.add('/parameters', `must be at most ${MAX_PARAMETERS}`);
  parameters.forEach((parameter: VerifiedParameter | null, index) => {
    const at = `/parameters/${index}`;
    if (typeof parameter !== 'object' || parameter === null) return checks.add(at, 'must be an object');
    if (!/^[\p{L}_][\p{L}\p{N}_]{0,59}$/u.test(String(parameter.name)))
      checks.add(`${at}/name`, 'must be letters, digits and underscores, and begin with a letter');
    if (!PARAMETER_TYPES.includes(parameter.type))
      checks.add(`${at}/type`, `must be one of ${PARAMETER_TYPES.join(', ')}`);
    if (parameter.column == null) return;
    if (parameter.type !== 'text') checks.add(`${at}/column`, 'is looked up for texts alone');
    else if (typeof parameter.column !== 'string' || !findColumn(catalog, parameter.column))
      checks.add(`${at}/column`, 'must name one column of the data source as table.column or schema.table.column');
  });
}

function checkBlanks(checks: FieldChecks, { question, parameters }: VerifiedQueryInput): void {
  const template = parseTemplate(question);
  const fault = templateFault(template);
  if (fault) checks.add('/question', fault);
  if (template.names.length === 0 && normaliseQuestion(question) === '') checks.add('/question', 'has no words');
  const declared = (parameters ?? []).map(({ name }) => name.normalize('NFKC'));
  if (new Set(declared).size < declared.length) checks.add('/parameters', 'name a blank twice');
  for (const name of template.names.filter((name) => !declared.includes(name)))
    checks.add('/parameters', `lack the blank {${name}} of the question`);
  for (const name of declared.filter((name) => !template.names.includes(name)))
    checks.add('/parameters', `name "${name}", which is no blank of the question`);
}
