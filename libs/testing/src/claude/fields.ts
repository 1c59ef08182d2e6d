import { invalid } from './errors';

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses what is no object, lacks a required field or has one that the API does not know. */
export function checkFields(value: unknown, path: string, known: readonly string[], required: readonly string[]): Json {
  if (!isObject(value)) throw invalid(`${path || 'body'}: Input should be a valid dictionary`);
  for (const field of required) if (value[field] === undefined) throw invalid(`${at(path, field)}: Field required`);
  for (const field of Object.keys(value))
    if (!known.includes(field)) throw invalid(`${at(path, field)}: Extra inputs are not permitted`);
  return value;
}

export function checkString(value: unknown, path: string): string {
  if (typeof value !== 'string') throw invalid(`${path}: Input should be a valid string`);
  return value;
}

export function checkArray(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(`${path}: Input should be a valid list`);
  return value;
}

export function checkOneOf(value: unknown, path: string, allowed: readonly string[]): string {
  if (typeof value === 'string' && allowed.includes(value)) return value;
  const names = allowed.map((name) => `'${name}'`);
  const last = names.pop() ?? '';
  throw invalid(`${path}: Input should be ${names.length > 0 ? `${names.join(', ')} or ${last}` : last}`);
}

export function checkNumber(value: unknown, path: string, low: number, high: number): number {
  if (typeof value !== 'number') throw invalid(`${path}: Input should be a valid number`);
  if (value < low) throw invalid(`${path}: Input should be greater than or equal to ${low}`);
  if (value > high) throw invalid(`${path}: Input should be less than or equal to ${high}`);
  return value;
}

export function checkInteger(value: unknown, path: string, low: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(`${path}: Input should be a valid integer`);
  if (value < low) throw invalid(`${path}: Input should be greater than or equal to ${low}`);
  return value;
}

/** A lone surrogate is no Unicode text: the API cannot read such a body. */
export function checkSurrogates(value: unknown): void {
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    throw invalid('The request body is not valid JSON: no low surrogate in string');
  if (Array.isArray(value)) value.forEach(checkSurrogates);
  else if (isObject(value)) for (const [key, inner] of Object.entries(value)) [key, inner].forEach(checkSurrogates);
}

function at(path: string, field: string): string {
  return path ? `${path}.${field}` : field;
}
