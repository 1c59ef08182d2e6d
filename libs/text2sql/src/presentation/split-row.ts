/** The values of a row's JSON array, each as it stands there. */
export function splitRow(row: string): string[] {
  const values: string[] = [];
  let start = 1;
  let depth = 0;
  let isText = false;
  for (let at = 1; at < row.length - 1; at++) {
    const sign = row[at];
    if (isText) {
      if (sign === '\\') at++;
      else if (sign === '"') isText = false;
    } else if (sign === '"') isText = true;
    else if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    else if (sign === ',' && depth === 0) {
      values.push(row.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = row.slice(start, -1).trim();
  return last === '' && values.length === 0 ? [] : [...values, last];
}
