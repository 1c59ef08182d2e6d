import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import type { Call } from './client';

const SCRIPT = `
  CREATE TYPE mood AS ENUM ('happy', 'sad');
  CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, city text, since date, mood mood);
  COMMENT ON TABLE customers IS 'People who buy. 客户';
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer REFERENCES customers (id), ordered_at timestamptz, total numeric(40, 10));
  INSERT INTO customers VALUES (1, 'Ada', 'London', '2020-02-29', 'happy'), (2, '张伟', '上海', '2021-01-01', 'sad'), (3, 'Zoë', NULL, NULL, NULL);
  INSERT INTO orders VALUES (9007199254740993, 1, '2024-03-31T01:30:00Z', 12345678901234567890.0123456789), (2, 2, '2025-01-01T00:00:00Z', 1);`;

export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly database: EmptyDatabase;
  close(): Promise<void>;
}

/** A small database, registered as a data source. */
export async function openShop(call: Call, name = 'shop', script = SCRIPT): Promise<Shop> {
  const database = await emptyDatabase(script);
  const made = await call('POST', '/v1/data-sources', { body: { name, dialect: 'postgresql', url: database.url } });
  if (made.status !== 201) throw new Error(`The shop could not be registered: ${made.text}`);
  return { id: String(made.body.id), name, database, close: () => database.close() };
}
