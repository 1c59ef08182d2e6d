import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';

interface FieldFacts {
  readonly description: string;
  readonly example?: unknown;
  /** May be left out or null. */
  readonly optional?: boolean;
  readonly default?: unknown;
}

interface TextFacts extends FieldFacts {
  /** In characters. Documented here, checked by the service, which counts characters and not UTF-16 units. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
}

/** A text. */
export function TextField(facts: TextFacts): PropertyDecorator {
  return field({ type: String }, facts, IsString());
}

/** One of some texts. */
export function ChoiceField(values: readonly string[], facts: FieldFacts): PropertyDecorator {
  return field(
    { type: String, enum: [...values] },
    facts,
    IsIn(values, { message: `$property must be one of ${values.join(', ')}` }),
  );
}

export function FlagField(facts: FieldFacts): PropertyDecorator {
  return field({ type: Boolean }, facts, IsBoolean());
}

export function IntegerField(facts: FieldFacts & { minimum?: number; maximum?: number }): PropertyDecorator {
  return field({ type: 'integer' }, facts, IsInt());
}

export function NumberField(facts: FieldFacts & { minimum?: number; maximum?: number }): PropertyDecorator {
  return field({ type: Number }, facts, IsNumber());
}

/** A list of texts, of the `values` alone when they are given. */
export function TextsField(facts: FieldFacts & { values?: readonly string[]; maxItems?: number }): PropertyDecorator {
  const { values, ...rest } = facts;
  const items = values
    ? IsIn(values, { each: true, message: `each of $property must be one of ${values.join(', ')}` })
    : IsString({ each: true });
  return field(
    { type: String, isArray: true, ...(values && { enum: [...values] }) },
    rest,
    applyDecorators(IsArray(), items),
  );
}

/** A list of objects of a class. */
export function ObjectsField(
  type: () => new () => object,
  facts: FieldFacts & { maxItems?: number },
): PropertyDecorator {
  return field(
    { type: type(), isArray: true },
    facts,
    applyDecorators(IsArray(), IsObject({ each: true }), ValidateNested({ each: true }), Type(type)),
  );
}

function field(
  schema: object,
  { optional = false, default: preset, ...facts }: FieldFacts,
  check: PropertyDecorator,
): PropertyDecorator {
  // Generators take a field with a default for one that is always there, so it is told in words.
  const description = preset === undefined ? facts.description : `${facts.description} Default: \`${String(preset)}\`.`;
  const api = ApiProperty({
    ...schema,
    ...facts,
    description,
    required: !optional,
    ...(optional && { nullable: true }),
  });
  return optional ? applyDecorators(api, IsOptional(), check) : applyDecorators(api, check);
}

/** The same without what is null, for services that tell "left out" by undefined alone. */
export function withoutNulls<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as {
    [K in keyof T]: Exclude<T[K], null>;
  };
}
