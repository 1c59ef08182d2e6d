import { invalid } from './errors';
import { type Json, isObject } from './fields';

const PATH = 'output_config.format.schema';
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'];
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'];
const MAX_OPTIONAL = 24;
const MAX_UNIONS = 16;

const COMMON = [
  'title',
  'description',
  'default',
  'type',
  'enum',
  'const',
  'anyOf',
  'allOf',
  '$ref',
  '$defs',
  'definitions',
];
const BY_TYPE: Record<string, readonly string[]> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems'],
  string: ['format', 'pattern'],
};

/** Checks a schema for structured output against the subset that the API compiles. */
export function validateSchema(schema: unknown): Json {
  const root = node(schema, PATH);
  const counts = { optional: 0, unions: 0 };
  visit(root, PATH, root, [], counts);
  if (counts.optional > MAX_OPTIONAL)
    throw invalid(
      `${PATH}: Schemas contains too many optional parameters (${counts.optional}); the limit is ${MAX_OPTIONAL}`,
    );
  if (counts.unions > MAX_UNIONS)
    throw invalid(
      `${PATH}: Schemas contains too many parameters with union types (${counts.unions}); the limit is ${MAX_UNIONS}`,
    );
  return root;
}

function visit(
  schema: Json,
  path: string,
  root: Json,
  refs: readonly string[],
  counts: { optional: number; unions: number },
) {
  checkKeywords(schema, path);
  if (typeof schema['$ref'] === 'string') {
    const target = resolve(schema['$ref'], root, refs, path);
    visit(target, path, root, [...refs, schema['$ref']], counts);
    return;
  }
  const branches = [...listOf(schema, 'anyOf', path), ...listOf(schema, 'allOf', path)];
  if (schema['anyOf'] !== undefined || Array.isArray(schema['type'])) counts.unions++;
  branches.forEach((branch, i) => visit(node(branch, path), `${path}.${i}`, root, refs, counts));
  for (const type of typesOf(schema, path)) {
    if (type === 'object') visitObject(schema, path, root, refs, counts);
    if (type === 'array') visitArray(schema, path, root, refs, counts);
  }
}

function visitObject(
  schema: Json,
  path: string,
  root: Json,
  refs: readonly string[],
  counts: { optional: number; unions: number },
) {
  if (schema['additionalProperties'] !== false)
    throw invalid(`${PATH}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  const properties = node(schema['properties'] ?? {}, `${path}.properties`);
  const required = schema['required'] ?? [];
  if (!Array.isArray(required)) throw invalid(`${path}.required: Input should be a valid list`);
  for (const name of required)
    if (!(String(name) in properties))
      throw invalid(`${path}.required: '${String(name)}' is not defined in properties`);
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name)) counts.optional++;
    visit(node(property, `${path}.properties.${name}`), `${path}.properties.${name}`, root, refs, counts);
  }
}

function visitArray(
  schema: Json,
  path: string,
  root: Json,
  refs: readonly string[],
  counts: { optional: number; unions: number },
) {
  const minItems = schema['minItems'];
  if (minItems !== undefined && minItems !== 0 && minItems !== 1)
    throw invalid(`${PATH}: For 'array' type, 'minItems' values other than 0 or 1 are not supported`);
  if (schema['items'] !== undefined) visit(node(schema['items'], `${path}.items`), `${path}.items`, root, refs, counts);
}

function checkKeywords(schema: Json, path: string): void {
  const types = typesOf(schema, path);
  const known = [...COMMON, ...types.flatMap((type) => BY_TYPE[type] ?? [])];
  const unknown = Object.keys(schema).filter((keyword) => !known.includes(keyword));
  if (unknown.length > 0)
    throw invalid(`${PATH}: For '${types[0] ?? 'any'}' type, properties ${unknown.join(', ')} are not supported`);
  if (schema['format'] !== undefined && !FORMATS.includes(String(schema['format'])))
    throw invalid(`${PATH}: String format '${String(schema['format'])}' is not supported`);
  if (!['type', 'enum', 'const', 'anyOf', 'allOf', '$ref'].some((keyword) => schema[keyword] !== undefined))
    throw invalid(`${path}: Schema type is required`);
  const values = schema['enum'];
  if (
    values !== undefined &&
    (!Array.isArray(values) || values.length === 0 || values.some((v) => typeof v === 'object' && v !== null))
  )
    throw invalid(`${PATH}: Enum must be a non-empty list of primitive values`);
}

function typesOf(schema: Json, path: string): string[] {
  const type = schema['type'];
  const types = type === undefined ? [] : Array.isArray(type) ? type.map(String) : [String(type)];
  for (const name of types) if (!TYPES.includes(name)) throw invalid(`${path}.type: '${name}' is not a valid type`);
  return types;
}

function resolve(ref: string, root: Json, refs: readonly string[], path: string): Json {
  if (refs.includes(ref)) throw invalid(`${PATH}: Circular reference '${ref}' is not supported`);
  const [hash, container, name] = ref.split('/');
  const target = hash === '#' && container && name ? (root[container] as Json | undefined)?.[name] : undefined;
  if (target === undefined) throw invalid(`${path}: Cannot resolve reference '${ref}'`);
  return node(target, path);
}

function listOf(schema: Json, keyword: string, path: string): unknown[] {
  const value = schema[keyword];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(`${path}.${keyword}: Input should be a non-empty list`);
  return value;
}

function node(value: unknown, path: string): Json {
  if (!isObject(value)) throw invalid(`${path}: Input should be a valid dictionary`);
  return value;
}
