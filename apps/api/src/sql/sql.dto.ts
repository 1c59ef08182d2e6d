import { FlagField, IntegerField, TextField } from '../openapi/fields';

export class CheckSqlRequest {
  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    example: 'demo',
    optional: true,
  })
  dataSourceId?: string | null;

  @TextField({
    description: 'One statement.',
    example: 'SELECT count(*) AS customers FROM customers',
    minLength: 1,
    maxLength: 20_000,
  })
  sql: string;

  @FlagField({
    description: 'Asks the data source how many rows to expect, if the guard allows the statement.',
    default: false,
    optional: true,
  })
  explain?: boolean | null;
}

export class RunSqlRequest {
  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    example: 'demo',
    optional: true,
  })
  dataSourceId?: string | null;

  @TextField({
    description: 'One statement that only reads.',
    example: 'SELECT name FROM customers ORDER BY name',
    minLength: 1,
    maxLength: 20_000,
  })
  sql: string;

  @IntegerField({ description: 'Most rows to read.', default: 1000, minimum: 1, optional: true })
  maxRows?: number | null;
}
