/**
 * JSON of an object with one more field whose items are JSON texts already. They are spliced in as they are: parsed and
 * written again, a numeric of 30 digits would come out rounded.
 */
export function withJsonItems(object: object, field: string, items: readonly string[] | undefined): string {
  const text = JSON.stringify(object);
  if (items === undefined) return text;
  const start = text === '{}' ? '{' : `${text.slice(0, -1)},`;
  return `${start}${JSON.stringify(field)}:[${items.join(',')}]}`;
}
