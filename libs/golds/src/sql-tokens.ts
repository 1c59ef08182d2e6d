export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'space';
  readonly text: string;
}

const TOKEN =
  /(?<space>\s+|--[^\n]*)|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<number>\d+(?:\.\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<symbol><>|<=|>=|!=|\|\||::|[\s\S])/gu;

/** A rough reading of SQL, enough to split and to change test queries; joined again the tokens give the text back. */
export function sqlTokens(sql: string): SqlToken[] {
  return [...sql.matchAll(TOKEN)].map((match) => {
    const [kind = 'symbol', text = ''] =
      Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    return { kind: kind as SqlToken['kind'], text };
  });
}

export function sqlText(tokens: readonly SqlToken[]): string {
  return tokens.map(({ text }) => text).join('');
}
