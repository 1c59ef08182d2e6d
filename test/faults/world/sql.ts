import { Client, type ClientConfig } from 'pg';

/** A connection as the superuser, who sees every row: for arranging faults and for the checks. Opened again when lost. */
export class Sql {
  private client?: Client;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly config: ClientConfig) {}

  /** One statement at a time, in the order of asking. */
  rows<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    const answer = this.last.then(async () => (await (await this.connect()).query(sql, params)).rows as R[]);
    this.last = answer.catch(() => undefined);
    return answer;
  }

  async row<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R> {
    const [row] = await this.rows<R>(sql, params);
    if (!row) throw new Error(`No row: ${sql}`);
    return row;
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({ ...this.config, application_name: 'faults' });
    const forget = () => {
      if (this.client === client) this.client = undefined;
    };
    client.on('error', forget).on('end', forget);
    await client.connect();
    return (this.client = client);
  }
}
