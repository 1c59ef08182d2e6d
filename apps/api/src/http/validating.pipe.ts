import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import { type FieldError, InvalidRequestError } from '@memori/errors';
import { pointerTo } from './json-pointer';

type Class = new () => object;

const PLAIN_TYPES: readonly unknown[] = [String, Boolean, Number, Array, Object, undefined];

/**
 * Bodies and queries become instances of their class or a 422 that names each wrong field. Unknown fields are refused:
 * a misspelt one that is ignored is a wish that silently does not come true.
 */
@Injectable()
export class ValidatingPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || PLAIN_TYPES.includes(metatype)) return value;
    return checked(metatype as Class, value ?? {});
  }
}

/** The checked instance of one value; `path` is where it stands in the body. */
export async function checked<T extends object>(
  metatype: new () => T,
  value: unknown,
  path: readonly string[] = [],
): Promise<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid([{ pointer: pointerTo(path), message: 'must be an object' }]);
  const unknown = unknownFields(metatype, value, path);
  if (unknown.length > 0) throw invalid(unknown);
  const instance = plainToInstance(metatype, value);
  const errors = await validate(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
  if (errors.length > 0) throw invalid(errors.flatMap((error) => fieldErrors(error, path)));
  return instance;
}

/** class-transformer drops keys such as `toString` before class-validator could refuse them, so they are sought first. */
function unknownFields(metatype: Class, value: object, path: readonly string[]): FieldError[] {
  const known = knownFields(metatype);
  return Object.keys(value)
    .filter((key) => !known.has(key))
    .map((key) => ({ pointer: pointerTo([...path, key]), message: 'is not a field of this request' }));
}

function knownFields(metatype: Class): Set<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  return new Set(rules.map((rule) => rule.propertyName));
}

function fieldErrors(error: ValidationError, path: readonly string[]): FieldError[] {
  const here = [...path, error.property];
  // What a value is comes before how large it may be.
  const own = Object.entries(error.constraints ?? {})
    .sort(byRank)
    .map(([rule, message]) => ({
      pointer: pointerTo(here),
      message: rule === 'whitelistValidation' ? 'is not a field of this request' : message,
    }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, here))];
}

/** A value of the wrong type breaks every rule about its size too; that it is of the wrong type is what helps. */
function byRank([left]: [string, string], [right]: [string, string]): number {
  const rank = (rule: string) => (/^(min|max|isPositive|arrayM)/i.test(rule) ? 1 : 0);
  return rank(left) - rank(right);
}

function invalid(errors: readonly FieldError[]): InvalidRequestError {
  const [first] = errors;
  const place = first?.pointer ? `${first.pointer}: ` : 'The body ';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new InvalidRequestError(
    `The request is not as it should be. ${place}${first?.message ?? ''}${more}.`,
    errors.slice(0, 100),
  );
}
