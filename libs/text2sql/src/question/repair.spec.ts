import { DomainError } from '@memori/errors';
import { ResultTooLargeError, SqlFailedError, SqlTimeoutError } from '../execution/execution.errors';
import { SqlNotAllowedError } from '../guard/sql-not-allowed.error';
import { complaintOf, isRepairable } from './repair';

it.each<[string, unknown, boolean]>([
  ['what the guard refused', new SqlNotAllowedError([{ code: 'unknown-column', message: 'm' }]), true],
  ['an undefined column', new SqlFailedError('m', '42703'), true],
  ['a division by zero', new SqlFailedError('m', '22012'), true],
  ['a subquery with two rows', new SqlFailedError('m', '21000'), true],
  ['a full disk', new SqlFailedError('m', '53100'), false],
  ['a server that stops', new SqlFailedError('m', '57P01'), false],
  ['a timeout', new SqlTimeoutError(1000), false],
  ['a result that is too large', new ResultTooLargeError(1), false],
  ['an unreachable source', new DomainError('bad-upstream', 'data-source-unreachable', 'm'), false],
  ['a bug', new Error('m'), false],
])('%s: repairable %#', (_, error, expected) => {
  expect(isRepairable(error)).toBe(expected);
});

it('tells codes, places and candidates of the guard', () => {
  const complaint = complaintOf(
    new SqlNotAllowedError([
      { code: 'unknown-column', message: 'No column "nam".', position: 8, candidates: ['name', 'namespace'] },
      { code: 'not-a-select', message: 'Only SELECT.' },
    ]),
  );

  expect(complaint).toContain('- unknown-column at character 8: No column "nam". Candidates: name, namespace.');
  expect(complaint).toContain('- not-a-select: Only SELECT.');
});

it('tells the SQLSTATE, the place and the message of PostgreSQL', () => {
  expect(complaintOf(new SqlFailedError('division by zero', '22012', 12))).toContain(
    'SQLSTATE 22012 at character 12: division by zero',
  );
});
