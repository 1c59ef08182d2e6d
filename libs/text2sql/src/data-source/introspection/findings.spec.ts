import type { Catalog, CatalogTable } from '../catalog';
import { catalogFindings, refuseMoreThanReading, refuseOldServer, roleFindings } from './findings';
import type { ServerRow } from './introspection-rows';

const server = (fields: Partial<ServerRow> = {}): ServerRow => ({
  version: '15.4',
  versionNumber: 150_004,
  database: 'shop',
  isReplica: false,
  isSuperuser: false,
  mayCreateRoles: false,
  mayCreateDatabases: false,
  mayReplicate: false,
  bypassesRowSecurity: false,
  mayCreateSchemas: false,
  memberOf: [],
  owned: [],
  writable: [],
  creatable: [],
  ...fields,
});
const table = (fields: Partial<CatalogTable> = {}): CatalogTable => ({
  schema: 'public',
  name: 't',
  kind: 'table',
  comment: 'c',
  columns: [],
  primaryKey: ['id'],
  foreignKeys: [],
  estimatedRows: 0,
  ...fields,
});
const catalog = (...tables: CatalogTable[]): Catalog => ({ version: '', schemas: ['public'], tables, functions: [] });
const codes = (findings: { code: string }[]) => findings.map(({ code }) => code);

describe('roleFindings', () => {
  it('has nothing to say of a role that only reads', () => {
    expect(roleFindings(server())).toEqual([]);
    expect(() => refuseMoreThanReading(roleFindings(server()))).not.toThrow();
  });

  it('says only that of a superuser, who may do everything', () => {
    expect(codes(roleFindings(server({ isSuperuser: true, writable: ['public.t'], owned: ['public.t'] })))).toEqual([
      'role-superuser',
    ]);
  });

  it.each<[string, Partial<ServerRow>, string]>([
    ['role-attributes', { bypassesRowSecurity: true }, 'BYPASSRLS'],
    ['role-owns-tables', { owned: ['public.t'] }, 'public.t'],
    ['role-may-write', { writable: ['public.t'] }, 'public.t'],
    ['role-may-create', { creatable: ['public'] }, 'schema public'],
    ['role-may-create', { mayCreateSchemas: true }, 'database'],
    ['role-member-of', { memberOf: ['boss'] }, 'boss'],
  ])('reports %s, and refuses it where least privilege is required', (code, fields, named) => {
    const findings = roleFindings(server(fields));

    expect(findings).toEqual([{ code, severity: 'warning', message: expect.stringContaining(named) }]);
    expect(() => refuseMoreThanReading(findings)).toThrow('MEMORI_REQUIRE_LEAST_PRIVILEGE');
  });
});

describe('catalogFindings', () => {
  it('names what makes questions harder to answer', () => {
    const tables = Array.from({ length: 7 }, (_, index) => table({ name: `t${index}`, comment: null, primaryKey: [] }));

    const findings = catalogFindings(catalog(...tables));

    expect(codes(findings)).toEqual(['table-without-primary-key', 'no-comments', 'no-foreign-keys']);
    expect(findings[0]?.message).toBe(
      'No primary key: public.t0, public.t1, public.t2, public.t3, public.t4 and 2 more.',
    );
    expect(() => refuseMoreThanReading(findings)).not.toThrow();
  });

  it('asks no key of a view', () => {
    expect(codes(catalogFindings(catalog(table({ kind: 'view', primaryKey: [] }))))).toEqual([]);
  });
});

describe('refuseOldServer', () => {
  it('takes 13 and later', () => {
    expect(() => refuseOldServer(server({ versionNumber: 130_000 }))).not.toThrow();
    expect(() => refuseOldServer(server({ version: '12.9', versionNumber: 120_009 }))).toThrow('PostgreSQL 12.9');
  });
});
