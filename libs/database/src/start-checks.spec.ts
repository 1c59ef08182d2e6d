import { judgeServer as judge, type ServerFacts } from './start-checks';

const facts = (changes: Partial<ServerFacts> = {}): ServerFacts => ({
  versionNum: 180_004,
  version: '18.4',
  encoding: 'UTF8',
  ctype: 'C.UTF-8',
  isStandby: false,
  role: 'memori',
  passesRowSecurity: false,
  extensions: { plpgsql: { installed: '1.0', available: '1.0' }, vector: { installed: null, available: null } },
  ...changes,
});

const judgeServer = (server: ServerFacts) => judge(server, { vectors: false });

describe('the check of the server', () => {
  it('has nothing to say about a sound one', () => {
    expect(judgeServer(facts())).toEqual({ errors: [], warnings: [] });
  });

  it.each([
    [140_012, 1, 0],
    [150_004, 0, 1],
    [160_000, 0, 0],
  ])('finds in version %i so many errors: %i, and warnings: %i', (versionNum, errors, warnings) => {
    const found = judgeServer(facts({ versionNum }));
    expect([found.errors.length, found.warnings.length]).toEqual([errors, warnings]);
  });

  it('stops at an encoding that cannot hold every language, and at a standby', () => {
    expect(judgeServer(facts({ encoding: 'LATIN1' })).errors[0]).toMatch(/encoded in LATIN1.*ENCODING 'UTF8'/);
    expect(judgeServer(facts({ isStandby: true })).errors[0]).toMatch(/standby/);
  });

  it('stops at an extension that is missing, beside what else is wrong', () => {
    const extensions = { ...facts().extensions, plpgsql: { installed: null, available: null } };

    expect(judgeServer(facts({ extensions, isStandby: true })).errors).toHaveLength(2);
  });

  it('warns of LC_CTYPE C', () => {
    expect(judgeServer(facts({ ctype: 'C' })).warnings[0]).toMatch(/LC_CTYPE C:/);
  });

  it('warns, with its name, of a role that row security does not bind', () => {
    expect(judgeServer(facts({ role: 'root', passesRowSecurity: true })).warnings[0]).toMatch(/"root".*second wall/);
  });
});
