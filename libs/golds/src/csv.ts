/** The records of a CSV text (RFC 4180) by the names in its first line. */
export function parseCsv(text: string): Record<string, string>[] {
  const [head = [], ...lines] = fieldsOf(text.replace(/^\ufeff/, ''));
  return lines
    .filter((fields) => fields.length === head.length)
    .map((fields) => Object.fromEntries(head.map((name, i) => [name, fields[i] ?? ''])));
}

/** What follows a closing quote belongs to the field, as in Python's reader: one record of defog's needs that. */
const FIELD = /(?:"((?:[^"]|"")*)")?([^,\r\n]*)(,|\r?\n|$)/g;

function fieldsOf(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const match of text.matchAll(FIELD)) {
    const [whole, quoted, plain = '', end] = match;
    if (whole === '' && line.length === 0) break;
    line.push((quoted?.replaceAll('""', '"') ?? '') + plain);
    if (end === ',') continue;
    lines.push(line);
    line = [];
  }
  return lines;
}
