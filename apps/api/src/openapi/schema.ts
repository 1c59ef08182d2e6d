import type { OpenAPIObject } from '@nestjs/swagger';

/** A schema or a reference to one, as OpenAPI 3.0 writes it. */
export type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

export type Properties = Record<string, Schema>;

/** An object whose fields are all there, but for those in `optional`. */
export function object(description: string, properties: Properties, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', description, properties, ...(required.length > 0 && { required }) };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function text(description: string, example?: string): Schema {
  return { type: 'string', description, ...(example !== undefined && { example }) };
}

export function integer(description: string, example?: number): Schema {
  return { type: 'integer', description, ...(example !== undefined && { example }) };
}

export function number(description: string): Schema {
  return { type: 'number', description };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function id(description: string): Schema {
  return { type: 'string', format: 'uuid', description };
}

export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description };
}

export function oneOfTexts(description: string, values: readonly string[]): Schema {
  return { type: 'string', enum: [...values], description };
}

export function list(description: string, items: Schema): Schema {
  return { type: 'array', description, items };
}

export function orNull(schema: Schema): Schema {
  return '$ref' in schema ? { nullable: true, allOf: [schema] } : { ...schema, nullable: true };
}

/** One page of a list. */
export function pageOf(name: string): Schema {
  return object('One page.', {
    items: list('What is on the page.', ref(name)),
    nextCursor: orNull(text('Hand it back as `cursor` for the next page; null on the last.')),
  });
}
