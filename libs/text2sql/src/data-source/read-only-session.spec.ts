import { beginReadOnly, searchPath } from './read-only-session';

const limits = { schemas: ['public'], timeZone: 'UTC', statementTimeoutMs: 1000 };
const server = { isSuperuser: false };

describe('beginReadOnly', () => {
  it('begins read-only before anything else', () => {
    expect(beginReadOnly(limits, server)).toMatch(
      /^BEGIN TRANSACTION [A-Z ]+ READ ONLY NOT DEFERRABLE;SET LOCAL statement_timeout = 1000;/,
    );
  });

  it('does not take over how a role isolates its transactions or reads XML', () => {
    const begin = beginReadOnly(limits, server);

    expect(begin).toContain('ISOLATION LEVEL READ COMMITTED');
    expect(begin).toContain(`SET LOCAL xmloption = 'content'`);
  });

  it('uses SET, which no administrator can have revoked', () => {
    expect(beginReadOnly(limits, server)).not.toContain('set_config');
  });

  it('reads SQL as the guard did', () => {
    expect(beginReadOnly(limits, server)).toContain('SET LOCAL standard_conforming_strings = on');
  });

  it('sets only what the role may set', () => {
    expect(beginReadOnly(limits, server)).not.toContain('temp_file_limit');
    expect(beginReadOnly(limits, { isSuperuser: true })).toContain('temp_file_limit');
  });

  it('takes the bytes of a database without an encoding as they are', () => {
    expect(beginReadOnly(limits, server)).not.toContain('client_encoding');
    expect(beginReadOnly(limits, { ...server, hasNoEncoding: true })).toContain(`client_encoding = 'SQL_ASCII'`);
  });

  it('quotes names and zones', () => {
    const begin = beginReadOnly({ ...limits, schemas: ['a"b', 'Sch 中'], timeZone: "x'; DROP" }, server);

    expect(begin).toContain('search_path = pg_catalog, "a""b", "Sch 中", pg_temp');
    expect(begin).toContain(`TIME ZONE 'x''; DROP'`);
  });

  it('reads an offset as ISO 8601 does, not as POSIX', () => {
    expect(beginReadOnly({ ...limits, timeZone: '+08:00' }, server)).toContain(
      `TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE`,
    );
  });

  it('refuses NUL, at which the message would end', () => {
    expect(() => searchPath(['a\0b'])).toThrow('NUL');
    expect(() => beginReadOnly({ ...limits, timeZone: 'a\0' }, server)).toThrow('NUL');
  });
});
