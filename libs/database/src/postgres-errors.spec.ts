import { DatabaseUnavailableError, errorCodeOf, isConflict, isUnreachable, translated } from './postgres-errors';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

it('finds the code in an error of pg and of TypeORM', () => {
  expect(errorCodeOf(coded('40001'))).toBe('40001');
  expect(errorCodeOf({ driverError: { code: '23505' } })).toBe('23505');
  expect(errorCodeOf(undefined)).toBeUndefined();
  expect(errorCodeOf({ code: 7 })).toBeUndefined();
});

it('takes deadlocks and serialization failures for conflicts, and nothing else', () => {
  expect(['40001', '40P01', '23505'].map((code) => isConflict(coded(code)))).toEqual([true, true, false]);
});

it.each(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', '57P01', '57P03', '53300', '08006'])(
  'takes %s for a server that does not answer',
  (code) => {
    expect(isUnreachable(coded(code))).toBe(true);
  },
);

it.each(['23505', '42P01', '28P01', '57014'])('takes %s for an answer', (code) => {
  expect(isUnreachable(coded(code))).toBe(false);
});

it('knows a cut connection, which has no code, by its message', () => {
  expect(isUnreachable(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isUnreachable(new Error('timeout exceeded when trying to connect'))).toBe(true);
  expect(isUnreachable(new Error('no such thing'))).toBe(false);
  expect(isUnreachable('Connection terminated')).toBe(false);
});

it('translates only what the caller can do something about', () => {
  const cause = coded('57P01');
  expect(translated(cause)).toBeInstanceOf(DatabaseUnavailableError);
  expect(translated(cause)).toMatchObject({ kind: 'unavailable', code: 'database-unavailable', cause });
  const other = coded('23505');
  expect(translated(other)).toBe(other);
});
