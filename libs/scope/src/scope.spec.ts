import { hasRole, type Principal, type Role } from './principal';
import { dataSourceNamespace, displayScope, userScopeOf } from './scope';
import { isId, newId } from './ids';

const principal = (...roles: Role[]): Principal => ({
  tenantId: 't',
  userId: 'u',
  roles,
  apiKeyId: null,
  actedBy: null,
});

describe('hasRole', () => {
  it('lets an administrator do what every other role may', () => {
    expect(
      (['reader', 'member', 'curator', 'administrator', 'operator'] as const).every((role) =>
        hasRole(principal('administrator'), role),
      ),
    ).toBe(true);
  });

  it('gives a curator what a member has, and nothing of an administrator', () => {
    expect(hasRole(principal('curator'), 'member')).toBe(true);
    expect(hasRole(principal('curator'), 'administrator')).toBe(false);
  });

  it('keeps an operator away from questions', () => {
    expect(hasRole(principal('operator'), 'member')).toBe(false);
  });

  it('adds roles up as a set', () => {
    expect(hasRole(principal('operator', 'reader'), 'reader')).toBe(true);
  });

  it('gives nothing to nobody', () => {
    expect(hasRole(principal(), 'reader')).toBe(false);
  });
});

describe('displayScope', () => {
  it('encodes each part, so that no two scopes read alike', () => {
    const scope = { tenantId: 't', userId: 'a:b', sessionId: 's', namespace: 'schema:1', isolated: false };

    expect(displayScope(scope)).toBe('a%3Ab:s:schema%3A1');
  });
});

describe('scopes', () => {
  it('names the namespace of a data source after its id', () => {
    expect(dataSourceNamespace('7')).toBe('schema:7');
  });

  it('reduces a principal to tenant and user', () => {
    expect(userScopeOf(principal('member'))).toEqual({ tenantId: 't', userId: 'u' });
  });
});

describe('newId', () => {
  it('makes ids that sort by time', () => {
    const ids = Array.from({ length: 50 }, newId);

    expect(ids.every(isId)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
  });
});
