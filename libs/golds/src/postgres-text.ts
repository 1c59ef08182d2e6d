/** A value of an array as PostgreSQL prints it: null, an element's text or an inner array. */
export type ArrayText = string | null | ArrayText[];

/** Takes `{1,NULL,"a,b",{…}}` apart. Bounds such as `[0:1]=` are skipped. */
export function parseArrayText(text: string): ArrayText[] {
  const start = text.indexOf('{');
  const reader = { text, at: start + 1 };
  const items = readItems(reader);
  if (reader.at !== text.length) throw new Error(`not an array: ${text}`);
  return items;
}

function readItems(reader: { text: string; at: number }): ArrayText[] {
  const items: ArrayText[] = [];
  while (reader.text[reader.at] !== '}') {
    if (reader.at >= reader.text.length) throw new Error(`not an array: ${reader.text}`);
    if (reader.text[reader.at] === ',') reader.at++;
    items.push(readItem(reader));
  }
  reader.at++;
  return items;
}

function readItem(reader: { text: string; at: number }): ArrayText {
  if (reader.text[reader.at] === '{') {
    reader.at++;
    return readItems(reader);
  }
  const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(reader.text.slice(reader.at));
  if (quoted) {
    reader.at += quoted[0].length;
    return (quoted[1] ?? '').replace(/\\([\s\S])/g, '$1');
  }
  const [plain = ''] = /^[^,{}]*/.exec(reader.text.slice(reader.at)) ?? [];
  reader.at += plain.length;
  return plain.toUpperCase() === 'NULL' ? null : plain;
}
