import { DatabaseError } from 'pg';
import { beginFailure, sqlFailure } from './sql-failure';

const refusal = (message: string, fields: Partial<DatabaseError>) =>
  Object.assign(new DatabaseError(message, 0, 'error'), { detail: 'Alice', hint: 'Alice', where: 'Alice', ...fields });
const FACTS = { statementTimeoutMs: 100, isCancelled: false };

describe('sqlFailure', () => {
  it('keeps SQLSTATE, masked message and position, and nothing else', () => {
    const failure = sqlFailure(refusal('column "x" does not exist', { code: '42703', position: '8' }), FACTS);

    expect(failure).toMatchObject({
      kind: 'invalid',
      code: 'sql-failed',
      message: 'column "x" does not exist',
      facts: { sqlstate: '42703', position: 8 },
    });
    expect(JSON.stringify([failure.facts, failure.cause, failure.message])).not.toContain('Alice');
  });

  it('counts the position from the SQL as given', () => {
    const prefixed = { ...FACTS, prefixLength: 22 };

    expect(sqlFailure(refusal('x', { code: '42601', position: '30' }), prefixed).facts).toMatchObject({ position: 8 });
    expect(sqlFailure(refusal('x', { code: '42601', position: '3' }), prefixed).facts).not.toHaveProperty('position');
  });

  it('tells a timeout from a cancellation', () => {
    expect(sqlFailure(refusal('x', { code: '57014' }), FACTS)).toMatchObject({ kind: 'timeout', code: 'sql-timeout' });
    expect(sqlFailure(refusal('x', { code: '57014' }), { ...FACTS, isCancelled: true })).toMatchObject({
      kind: 'cancelled',
      code: 'cancelled',
    });
    expect(sqlFailure(refusal('x', { code: '55P03' }), FACTS)).toMatchObject({ code: 'sql-timeout' });
  });

  it('withholds what a procedural language raised, under any SQLSTATE', () => {
    const raised = refusal('Alice', { code: '42703', file: 'pl_exec.c', routine: 'exec_stmt_raise' });

    expect(sqlFailure(raised, FACTS).message).not.toContain('Alice');
  });
});

describe('beginFailure', () => {
  it('blames the time zone for a refused setting', () => {
    expect(beginFailure(refusal('x', { code: '22023' }), 'Mars/Olympus')).toMatchObject({
      code: 'invalid-request',
      facts: { errors: [{ pointer: '/timeZone' }] },
    });
    expect(beginFailure(refusal('x', { code: '57014' }), 'UTC')).toMatchObject({
      code: 'data-source-unreachable',
      message: expect.stringContaining('statement_timeout'),
    });
    expect(beginFailure(refusal('x', { code: '53200' }), 'UTC')).toMatchObject({ code: 'sql-failed' });
  });
});
