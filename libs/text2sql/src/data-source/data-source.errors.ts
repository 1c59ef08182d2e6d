import { DomainError } from '@memori/errors';

/** The database does not answer, or does not serve the database that is asked for. */
export class DataSourceUnreachableError extends DomainError {
  constructor(message: string, cause?: unknown) {
    super('bad-upstream', 'data-source-unreachable', message, { retryable: true }, { cause });
  }
}

/** Every connection that Memori may open to the data source is at work. */
export class DataSourceBusyError extends DomainError {
  constructor(connections: number, waitedMs: number) {
    const message = `All ${connections} connections to the data source were busy for ${waitedMs} ms. Try again in a moment.`;
    super('unavailable', 'data-source-unreachable', message, { retryable: true, retryAfterMs: 1000 });
  }
}

/** The database answers, but refuses the role or its password. */
export class DataSourceCredentialsError extends DomainError {
  constructor(message: string, cause?: unknown) {
    super('bad-upstream', 'data-source-credentials', message, { retryable: false }, { cause });
  }
}

/** The address is one that no data source may have. */
export class DataSourceAddressError extends DomainError {
  constructor(message: string) {
    super('invalid', 'data-source-address', message, { errors: [{ pointer: '/url', message }] });
  }
}

/** Memori's own tables are not to be asked about. */
export class OwnDatabaseError extends DomainError {
  constructor() {
    super('invalid', 'own-database', "This is Memori's own database. Register the database that holds your data.");
  }
}

/** Nothing is there that the role may read. */
export class SchemaEmptyError extends DomainError {
  constructor(username: string, schemas: readonly string[] | null) {
    const where = schemas ? `in the schemas ${schemas.map((name) => `"${name}"`).join(', ')}` : 'in any schema';
    super(
      'invalid',
      'schema-empty',
      `The role "${username}" may read no table ${where}. Grant it USAGE on the schema and SELECT on its tables.`,
    );
  }
}
