import { type Json, isObject } from './fields';

/** The smallest value that a schema allows, with the wanted fields where they fit: a structured reply always conforms. */
export function conform(schema: Json, wanted: unknown, root: Json = schema): unknown {
  const node = deref(schema, root);
  if (wanted !== undefined && fits(node, wanted, root)) return fill(node, wanted, root);
  return smallest(node, wanted, root);
}

function fill(schema: Json, wanted: unknown, root: Json): unknown {
  const branch = branchesOf(schema).find((inner) => fits(deref(inner, root), wanted, root));
  if (branch) return fill(deref(branch, root), wanted, root);
  if (isObject(wanted)) return objectOf(schema, wanted, root);
  if (Array.isArray(wanted) && isObject(schema['items']))
    return wanted.map((item) => conform(schema['items'] as Json, item, root));
  return wanted;
}

function smallest(schema: Json, wanted: unknown, root: Json): unknown {
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(null) ? null : schema['enum'][0];
  const branches = branchesOf(schema).map((branch) => deref(branch, root));
  if (branches.length > 0) {
    const nullable = branches.find((branch) => typesOf(branch).includes('null'));
    return nullable ? null : smallest(branches[0] ?? {}, wanted, root);
  }
  const types = typesOf(schema);
  if (types.includes('null')) return null;
  if (types.includes('object')) return objectOf(schema, isObject(wanted) ? wanted : {}, root);
  if (types.includes('array'))
    return schema['minItems'] === 1 ? [conform((schema['items'] ?? {}) as Json, undefined, root)] : [];
  if (types.includes('boolean')) return false;
  if (types.includes('integer') || types.includes('number')) return 0;
  return schema['format'] === 'date' ? '2026-01-01' : '[simulated]';
}

function objectOf(schema: Json, wanted: Json, root: Json): Json {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const required = (schema['required'] ?? []) as string[];
  const names = Object.keys(properties).filter((name) => required.includes(name) || wanted[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, conform(properties[name] ?? {}, wanted[name], root)]));
}

function fits(schema: Json, value: unknown, root: Json): boolean {
  if (schema['const'] !== undefined) return schema['const'] === value;
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value);
  const branches = branchesOf(schema);
  if (branches.length > 0) return branches.some((branch) => fits(deref(branch, root), value, root));
  return typesOf(schema).some((type) => isOfType(value, type));
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function branchesOf(schema: Json): Json[] {
  return (schema['anyOf'] ?? schema['allOf'] ?? []) as Json[];
}

function typesOf(schema: Json): string[] {
  const type = schema['type'];
  return type === undefined ? [] : Array.isArray(type) ? type.map(String) : [String(type)];
}

function deref(schema: Json, root: Json): Json {
  const ref = schema['$ref'];
  if (typeof ref !== 'string') return schema;
  const [, container = '', name = ''] = ref.split('/');
  return ((root[container] as Json | undefined)?.[name] ?? {}) as Json;
}
