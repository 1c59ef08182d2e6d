import { PARAMETER_TYPES, type ParameterType } from '@memori/text2sql';
import { PageQuery } from '../http/page.dto';
import { ChoiceField, ObjectsField, TextField } from '../openapi/fields';

export class ParameterRequest {
  @TextField({ description: 'The name of the blank.', example: 'city' })
  name: string;

  @ChoiceField(PARAMETER_TYPES, { description: 'Its type.', example: 'text' })
  type: ParameterType;

  @TextField({
    description: '`table.column` or `schema.table.column`: where the values of a text come from.',
    example: 'customers.city',
    optional: true,
  })
  column?: string;
}

export class CreateVerifiedQueryRequest {
  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    example: 'demo',
    optional: true,
  })
  dataSourceId?: string;

  @TextField({
    description: 'The question; blanks stand in braces.',
    example: 'Orders in {city} since {day}',
    minLength: 1,
    maxLength: 1000,
  })
  question: string;

  @TextField({
    description: 'The SQL; the n-th blank is $n.',
    example: 'SELECT count(*) FROM orders WHERE city = $1 AND ordered_at >= $2',
    minLength: 1,
    maxLength: 20_000,
  })
  sql: string;

  @ObjectsField(() => ParameterRequest, {
    description: 'The blanks, in the order of $1, $2 …',
    optional: true,
    maxItems: 20,
  })
  parameters?: ParameterRequest[] | null;

  @TextField({ description: 'For people.', optional: true, maxLength: 2000 })
  description?: string | null;
}

/** A JSON merge patch. Any change is checked like a new query. */
export class ChangeVerifiedQueryRequest {
  @TextField({ description: 'The question; blanks stand in braces.', optional: true, minLength: 1, maxLength: 1000 })
  question?: string;

  @TextField({ description: 'The SQL; the n-th blank is $n.', optional: true, minLength: 1, maxLength: 20_000 })
  sql?: string;

  @ObjectsField(() => ParameterRequest, {
    description: 'The blanks, in the order of $1, $2 …',
    optional: true,
    maxItems: 20,
  })
  parameters?: ParameterRequest[] | null;

  @TextField({ description: 'For people.', optional: true, maxLength: 2000 })
  description?: string | null;
}

export class OfDataSourceQuery {
  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    optional: true,
  })
  dataSourceId?: string;
}

export class ListVerifiedQueriesQuery extends PageQuery {
  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    optional: true,
  })
  dataSourceId?: string;
}
