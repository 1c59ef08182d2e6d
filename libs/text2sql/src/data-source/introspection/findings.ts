import { DomainError } from '@memori/errors';
import type { Catalog } from '../catalog';
import type { Finding } from '../data-source.record';
import type { ServerRow } from './introspection-rows';

const OLDEST_VERSION = 130_000;
const SHOWN = 5;

/** Findings that say: this role can do more than read. */
const MORE_THAN_READING = new Set([
  'role-superuser',
  'role-attributes',
  'role-owns-tables',
  'role-may-write',
  'role-may-create',
  'role-member-of',
]);

export function refuseOldServer(server: ServerRow): void {
  if (server.versionNumber >= OLDEST_VERSION) return;
  const message = `The data source runs PostgreSQL ${server.version}; Memori needs version 13 or later.`;
  throw new DomainError('invalid', 'invalid-request', message, { errors: [{ pointer: '/url', message }] });
}

/** MEMORI_REQUIRE_LEAST_PRIVILEGE: a role that can do more than read is refused. */
export function refuseMoreThanReading(findings: readonly Finding[]): void {
  const excess = findings.filter(({ code }) => MORE_THAN_READING.has(code));
  if (excess.length === 0) return;
  const reasons = excess.map(({ message }) => message).join(' ');
  throw new DomainError(
    'invalid',
    'invalid-request',
    `The role of the data source can do more than read, which MEMORI_REQUIRE_LEAST_PRIVILEGE=true forbids. ${reasons}`,
    { errors: [{ pointer: '/url', message: 'names a role that can do more than read' }], findings: excess },
  );
}

/** What the role may do beyond reading. */
export function roleFindings(server: ServerRow): Finding[] {
  if (server.isSuperuser) {
    return [warning('role-superuser', 'The role is a superuser. Use a role that has SELECT and nothing else.')];
  }
  const attributes = [
    server.mayCreateRoles && 'CREATEROLE',
    server.mayCreateDatabases && 'CREATEDB',
    server.mayReplicate && 'REPLICATION',
    server.bypassesRowSecurity && 'BYPASSRLS',
  ].filter((attribute) => typeof attribute === 'string');
  const places = [
    ...server.creatable.map((name) => `schema ${name}`),
    ...(server.mayCreateSchemas ? ['database'] : []),
  ];
  return [
    ...some(attributes, 'role-attributes', (list) => `The role has ${list}; take them away with ALTER ROLE.`),
    ...some(
      server.owned,
      'role-owns-tables',
      (list) => `The role owns ${list}; an owner may do anything with a table.`,
    ),
    ...some(server.writable, 'role-may-write', (list) => `The role may change ${list}; REVOKE all but SELECT.`),
    ...some(places, 'role-may-create', (list) => `The role may create objects in the ${list}; REVOKE CREATE.`),
    ...some(server.memberOf, 'role-member-of', (list) => `The role is a member of ${list} and may act as it.`),
  ];
}

/** What makes questions about this catalogue harder to answer. */
export function catalogFindings(catalog: Catalog): Finding[] {
  const tables = catalog.tables.filter(({ kind }) => kind === 'table' || kind === 'partitioned-table');
  const keyless = tables
    .filter(({ primaryKey }) => primaryKey.length === 0)
    .map(({ schema, name }) => `${schema}.${name}`);
  const hasComments = catalog.tables.some(
    ({ comment, columns }) => comment ?? columns.some((column) => column.comment),
  );
  const hasKeys = tables.some(({ foreignKeys }) => foreignKeys.length > 0);
  return [
    ...some(keyless, 'table-without-primary-key', (list) => `No primary key: ${list}.`, 'info'),
    ...(hasComments
      ? []
      : [info('no-comments', 'No table or column has a comment. COMMENT ON … tells the model what they mean.')]),
    ...(hasKeys || tables.length < 2
      ? []
      : [info('no-foreign-keys', 'No foreign key says how the tables belong together.')]),
  ];
}

function some(
  items: string[],
  code: string,
  text: (list: string) => string,
  severity: Finding['severity'] = 'warning',
): Finding[] {
  if (items.length === 0) return [];
  const rest = items.length > SHOWN ? ` and ${items.length - SHOWN} more` : '';
  return [{ code, severity, message: text(items.slice(0, SHOWN).join(', ') + rest) }];
}

function warning(code: string, message: string): Finding {
  return { code, severity: 'warning', message };
}

function info(code: string, message: string): Finding {
  return { code, severity: 'info', message };
}
