import { beginStatement } from './transaction';

describe('the first message of a transaction', () => {
  it('begins and sets the scope', () => {
    expect(beginStatement({ tenantId: 't', userId: 'u' }, {})).toBe(
      `BEGIN;SELECT set_config('memori.tenant_id','t',true),set_config('memori.user_id','u',true)`,
    );
  });

  it('opens the whole tenant when no user is named', () => {
    expect(beginStatement({ tenantId: 't' }, {})).toContain(`set_config('memori.user_id','*',true)`);
  });

  it('quotes what could end the literal', () => {
    expect(beginStatement({ tenantId: `a'; DROP` }, {})).toContain(`'a''; DROP'`);
    expect(beginStatement({ tenantId: `a\\'` }, {})).toContain(` E'a\\\\'''`);
  });

  it('refuses a NUL, which would cut the message off before its scope', () => {
    expect(() => beginStatement({ tenantId: 'a\0b' }, {})).toThrow('NUL');
    expect(() => beginStatement({ tenantId: 'a', userId: '\0' }, {})).toThrow('NUL');
  });

  it('carries isolation, read-only access and the promise of durability', () => {
    const statement = beginStatement({ tenantId: 't' }, { isolation: 'serializable', readOnly: true, durable: false });
    expect(statement).toMatch(/^BEGIN ISOLATION LEVEL serializable READ ONLY;/);
    expect(statement).toMatch(/;SET LOCAL synchronous_commit = off$/);
  });
});
