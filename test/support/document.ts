import type { Answer } from './client';

type Json = Record<string, unknown>;

/** The parts of /openapi.json that a test looks at. */
export interface ApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json>; readonly responses: Record<string, ResponseObject> };
  readonly tags: { name: string }[];
}

export interface Operation {
  readonly operationId: string;
  readonly tags: string[];
  readonly responses: Record<string, ResponseObject>;
}

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Record<string, { schema: Json }>;
}

/** What of an answer the document does not say: unknown statuses and fields, missing fields, other types. */
export function undocumented(document: ApiDocument, method: string, path: string, answer: Answer): string[] {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) return [`${method} ${path} is not in the document`];
  const given = operation.responses[String(answer.status)];
  const response = given?.$ref ? document.components.responses[given.$ref.split('/').at(-1) ?? ''] : given;
  if (!response) return [`${operation.operationId} answered ${answer.status}, which the document does not tell`];
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (!response.content)
    return answer.text === '' ? [] : [`${operation.operationId} has a body that the document does not tell`];
  const media = type ? response.content[type] : undefined;
  if (!media) return [`${operation.operationId} answered ${String(type)}, which the document does not tell`];
  return type?.endsWith('json') ? faults(document, media.schema, answer.body, operation.operationId) : [];
}

function faults(document: ApiDocument, given: Json, value: unknown, at: string): string[] {
  const schema = flat(document, given);
  if (Object.keys(schema).every((key) => key === 'nullable' || key === 'description')) return [];
  if (value === null) return schema.nullable ? [] : [`${at} is null`];
  if (schema.oneOf) return oneOfFaults(document, schema, value, at);
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) return [`${at} is ${JSON.stringify(value)}`];
  const wrong = typeFault(schema.type, value);
  if (wrong) return [`${at} ${wrong}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => faults(document, (schema.items ?? {}) as Json, item, `${at}/${index}`));
  return typeof value === 'object' ? objectFaults(document, schema, value as Json, at) : [];
}

function objectFaults(document: ApiDocument, schema: Json, value: Json, at: string): string[] {
  if (!schema.properties && !schema.additionalProperties) return [];
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const missing = ((schema.required ?? []) as string[])
    .filter((name) => !(name in value))
    .map((name) => `${at}/${name} is missing`);
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const known =
      properties[name] ??
      (typeof schema.additionalProperties === 'object' ? (schema.additionalProperties as Json) : undefined);
    if (known) return faults(document, known, field, `${at}/${name}`);
    return schema.additionalProperties ? [] : [`${at}/${name} is not in the document`];
  });
  return [...missing, ...inner];
}

function oneOfFaults(document: ApiDocument, schema: Json, value: unknown, at: string): string[] {
  const { propertyName, mapping } = schema.discriminator as { propertyName: string; mapping: Record<string, string> };
  const target = mapping[String((value as Json)[propertyName])];
  return target
    ? faults(document, { $ref: target }, value, at)
    : [`${at}/${propertyName} is none that the document tells`];
}

/** References followed and `allOf` folded together. */
function flat(document: ApiDocument, schema: Json): Json {
  if (typeof schema.$ref === 'string')
    return flat(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (!Array.isArray(schema.allOf)) return schema;
  const parts = (schema.allOf as Json[]).map((part) => flat(document, part));
  const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {})) as Json;
  const required = parts.flatMap((part) => (part.required ?? []) as string[]);
  return { ...Object.assign({}, ...parts), ...schema, allOf: undefined, properties, required } as Json;
}

function typeFault(type: unknown, value: unknown): string | undefined {
  const actual = Array.isArray(value) ? 'array' : typeof value;
  if (type === undefined || type === actual) return undefined;
  if (type === 'integer' && Number.isInteger(value)) return undefined;
  return `is ${actual}, not ${String(type)}`;
}
