import { actedForUser, bearerToken, isUserId, MAX_USER_ID_LENGTH, UnauthenticatedError } from './bearer';

describe('bearerToken', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER   abc  '])('reads %j', (header) => {
    expect(bearerToken(header)).toBe('abc');
  });

  it.each([undefined, '', 'abc', 'Basic abc', 'Bearer', 'Bearer a b', 'Bearer ü', 'Bearer a,Bearer b c'])(
    'refuses %j',
    (header) => {
      expect(() => bearerToken(header)).toThrow(UnauthenticatedError);
    },
  );
});

describe('actedForUser', () => {
  it.each([
    ['alice', 'alice'],
    ['a%20b', 'a b'],
    ['%E5%BC%A0%E4%BC%9F', '张伟'],
    ['%2A%2A', '**'],
    ['a%2Fb%3Ac', 'a/b:c'],
  ])('reads %j', (header, user) => {
    expect(actedForUser(header)).toBe(user);
  });

  it.each([
    ['%', 'a percent sign that begins nothing'],
    ['%ZZ', 'no hex digits'],
    ['%C3', 'half of a character'],
    ['%ED%A0%80', 'half of a surrogate pair'],
    ['Ã¼', 'raw bytes above ASCII'],
    ['', 'nobody'],
    ['%20', 'only blanks'],
    ['%00', 'NUL'],
    ['%0A', 'a line break'],
    ['*', 'everybody'],
    ['%2A', 'everybody, encoded'],
    ['a'.repeat(MAX_USER_ID_LENGTH + 1), 'too long a name'],
  ])('refuses %j: %s', (header) => {
    expect(() => actedForUser(header)).toThrow(/X-Memori-User/);
  });
});

describe('isUserId', () => {
  it('takes a name of the greatest length', () => {
    expect(isUserId('张'.repeat(MAX_USER_ID_LENGTH))).toBe(true);
  });

  it('refuses half of a surrogate pair', () => {
    expect(isUserId('a\ud800')).toBe(false);
  });
});
