/** An array as PostgreSQL prints it, taken apart: elements are texts, NULLs or arrays. */
export type ArrayItem = string | null | ArrayItem[];

/** Reads `{1,NULL,"a\"b"}`, several dimensions and lower bounds (`[0:1]={…}`), which JSON cannot keep. */
export function parseArrayText(text: string, delimiter = ','): ArrayItem[] {
  const start = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  if (text[start] !== '{') throw new Error('An array does not begin with a brace.');
  const reader = new ArrayReader(text, start + 1, delimiter);
  return reader.items();
}

class ArrayReader {
  constructor(
    private readonly text: string,
    private at: number,
    private readonly delimiter: string,
  ) {}

  /** The items up to the closing brace. Not recursive per item, and at most six deep: PostgreSQL knows no more dimensions. */
  items(): ArrayItem[] {
    const items: ArrayItem[] = [];
    while (this.at < this.text.length) {
      const char = this.text[this.at];
      if (char === '}') {
        this.at++;
        return items;
      }
      if (char === this.delimiter) this.at++;
      else items.push(this.item(char));
    }
    throw new Error('An array does not end with a brace.');
  }

  private item(char: string | undefined): ArrayItem {
    if (char === '{') {
      this.at++;
      return this.items();
    }
    return char === '"' ? this.quoted() : this.bare();
  }

  private quoted(): string {
    let value = '';
    let from = ++this.at;
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at];
      if (char === '\\') {
        value += this.text.slice(from, this.at);
        from = ++this.at;
      } else if (char === '"') {
        value += this.text.slice(from, this.at++);
        return value;
      }
    }
    throw new Error('A quoted element of an array does not end.');
  }

  private bare(): string | null {
    const from = this.at;
    while (this.at < this.text.length && this.text[this.at] !== this.delimiter && this.text[this.at] !== '}') this.at++;
    const value = this.text.slice(from, this.at);
    return value.toUpperCase() === 'NULL' ? null : value;
  }
}
