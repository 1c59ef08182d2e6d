import { SqlFailedError } from '../execution/execution.errors';
import type { Violation } from '../guard/guard-verdict';
import { SqlNotAllowedError } from '../guard/sql-not-allowed.error';
import { PlanTooDearError } from './plan-check';

const MOST_VIOLATIONS = 8;
const MOST_CANDIDATES = 8;
/**
 * Classes of SQLSTATE that other SQL may avoid: data, cardinality, syntax and names, features, limits. Not those of a
 * server that is full, stopping or out of reach.
 */
const REPAIRABLE = /^(21|22|2F|42|0A|54)/;

/** Whether the model could have written SQL that does not fail this way. */
export function isRepairable(error: unknown): boolean {
  if (error instanceof SqlNotAllowedError || error instanceof PlanTooDearError) return true;
  return error instanceof SqlFailedError && REPAIRABLE.test(error.sqlstate);
}

/** What the model is told. Messages name identifiers and have their values masked; `near` may have been meant. */
export function complaintOf(error: unknown, near: readonly string[] = []): string {
  if (error instanceof SqlNotAllowedError) return refused(error.violations);
  if (error instanceof SqlFailedError) return failed(error, near);
  if (error instanceof PlanTooDearError) return tooDear(error);
  throw new Error('This failure is not one that a model can repair.');
}

function refused(violations: readonly Violation[]): string {
  const lines = violations.slice(0, MOST_VIOLATIONS).map(({ code, message, position, candidates }) => {
    const at = position === undefined ? '' : ` at character ${position}`;
    return `- ${code}${at}: ${message}${instead(candidates ?? [])}`;
  });
  return `Your SQL was refused before it ran:\n${lines.join('\n')}\n${AGAIN}`;
}

function failed({ sqlstate, message, position }: SqlFailedError, near: readonly string[]): string {
  const at = position === undefined ? '' : ` at character ${position}`;
  return `PostgreSQL refused your SQL with SQLSTATE ${sqlstate}${at}: ${message}${instead(near)}\n${AGAIN}`;
}

function tooDear({ estimate }: PlanTooDearError): string {
  const rows = Math.round(estimate.estimatedRows);
  return `Your SQL was not run: by PostgreSQL's plan it costs ${Math.round(estimate.totalCost)} (rows: ${rows}), far too much to end in time. Most often a join lacks its condition.\n${AGAIN}`;
}

function instead(candidates: readonly string[]): string {
  return candidates.length > 0 ? ` Candidates: ${candidates.slice(0, MOST_CANDIDATES).join(', ')}.` : '';
}

const AGAIN =
  'Answer the same question again, in the same form, with SQL that avoids this. The question is repeated below.';
