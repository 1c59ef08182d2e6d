import { Client, type ClientConfig } from 'pg';
import { readSql } from '@memori/database';

/** Two processes must not both fill the demo: this number is the demo's own advisory lock. */
const LOCK = 7_263_001;

/** Creates the coffee wholesaler's tables and rows, once: whole or not at all. */
export async function fillDemoDatabase(owner: ClientConfig): Promise<void> {
  const client = new Client({ ...owner, application_name: 'memori-demo' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const { rows } = await client.query<{ filled: boolean }>(
      `SELECT to_regclass('coffee.orders') IS NOT NULL AS filled`,
    );
    if (!rows[0]?.filled) {
      await client.query(readSql(__dirname, 'schema.sql'));
      await client.query(readSql(__dirname, 'data.sql'));
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
