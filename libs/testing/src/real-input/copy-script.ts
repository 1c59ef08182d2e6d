import { type Client, type Connection, Query } from 'pg';

/** The part of pg's connection that carries COPY data; its own types leave it out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Sends the lines of one `COPY … FROM stdin`. */
class CopyFrom extends Query {
  constructor(
    sql: string,
    private readonly lines: string,
    callback: (error: Error | null) => void,
  ) {
    super(sql, undefined, callback as never);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(Buffer.from(this.lines));
    connection.endCopyFrom();
  }
}

/** Runs a script as pg_dump writes it and psql reads it: statements, and COPY with its data in line. */
export async function runScript(client: Client, script: string): Promise<void> {
  for (const part of partsOf(script)) {
    if (part.data === undefined) await client.query(part.sql);
    else await copy(client, part.sql, part.data);
  }
}

interface Part {
  readonly sql: string;
  readonly data?: string;
}

function partsOf(script: string): Part[] {
  const parts: Part[] = [];
  let rest = script;
  for (;;) {
    const match = /^COPY [^\n]* FROM stdin;\n([\s\S]*?)^\\\.\n/m.exec(rest);
    if (!match) return [...parts, { sql: rest }];
    const [whole, data = ''] = match;
    parts.push({ sql: rest.slice(0, match.index) }, { sql: whole.slice(0, whole.indexOf(';')), data });
    rest = rest.slice(match.index + whole.length);
  }
}

function copy(client: Client, sql: string, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyFrom(sql, data, (error) => (error ? reject(error) : resolve())));
  });
}
