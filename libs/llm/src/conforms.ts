type Json = Readonly<Record<string, unknown>>;

/**
 * Where a value first departs from a JSON Schema, as a JSON pointer; undefined when it conforms. Knows the keywords that
 * structured outputs know. Servers behind a changed base URL may take the schema for a hint.
 */
export function departure(value: unknown, schema: unknown, at = ''): string | undefined {
  if (!isObject(schema)) return undefined;
  if (Array.isArray(schema.anyOf))
    return schema.anyOf.some((each) => departure(value, each, at) === undefined) ? undefined : at;
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return at;
  if ('const' in schema && schema.const !== value) return at;
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOfType(value, type))) return at;
  if (Array.isArray(value)) return first(value.map((item, index) => departure(item, schema.items, `${at}/${index}`)));
  return isObject(value) ? departureOfObject(value, schema, at) : undefined;
}

function departureOfObject(value: Json, schema: Json, at: string): string | undefined {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.find((name) => !Object.hasOwn(value, String(name)));
  if (missing !== undefined) return `${at}/${String(missing)}`;
  if (schema.additionalProperties === false && Object.keys(value).some((name) => !Object.hasOwn(properties, name)))
    return at;
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(properties, name));
  return first(known.map(([name, inner]) => departure(inner, properties[name], `${at}/${name}`)));
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first(departures: (string | undefined)[]): string | undefined {
  return departures.find((each) => each !== undefined);
}
