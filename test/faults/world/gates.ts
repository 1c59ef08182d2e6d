import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { Sql } from './sql';

/** An attempt that stands still in Memori's own database. */
export interface Gate {
  /** Resolves when somebody stands before it. */
  reached(): Promise<void>;
  /**
   * Opens it for all that come. Who stands before it went down with his process: his connection is cut first, as the
   * server would do once it noticed, else a dead process would take one more step.
   */
  openAfterDeath(): Promise<void>;
}

const REACHED_WITHIN_MS = 30_000;

/**
 * Holds attempts in the database right before a step, so that a process can be killed exactly between its reservation and
 * the request (the word that the reservation reached the disk waits for a lock of ours, in a transaction that holds
 * nothing else), or between the reply and the settlement (we hold the attempt's row, which a settlement locks before any
 * account: nobody else is held up).
 */
export class Gates {
  private readonly closed = new Set<() => Promise<void>>();
  private next = 1_000_000;

  private constructor(
    private readonly sql: Sql,
    private readonly config: ClientConfig,
  ) {}

  static async install(sql: Sql, config: ClientConfig): Promise<Gates> {
    await sql.rows(`
      CREATE SCHEMA faults;
      CREATE TABLE faults.gates (key bigint PRIMARY KEY, question text NOT NULL);
      CREATE FUNCTION faults.note_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        PERFORM set_config('faults.gate', g.key::text, false) FROM faults.gates g
          JOIN memori.questions q ON q.id::text = NEW.question_id AND q.question = g.question
          WHERE NEW.state = 'sent';
        RETURN NEW;
      END $$;
      CREATE TRIGGER faults_gate BEFORE UPDATE OF state ON memori.attempts
        FOR EACH ROW EXECUTE FUNCTION faults.note_gate();
      ALTER FUNCTION memori.reach_disk() RENAME TO reach_disk_at_once;
      CREATE FUNCTION memori.reach_disk() RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        gate text := current_setting('faults.gate', true);
      BEGIN
        IF gate <> '' THEN
          PERFORM set_config('faults.gate', '', false);
          PERFORM pg_advisory_xact_lock_shared(gate::bigint);
        END IF;
        PERFORM memori.reach_disk_at_once();
      END $$;`);
    return new Gates(sql, config);
  }

  /** From now on no attempt of this question goes out: it is reserved, and written as sent, and its process hears nothing of it. */
  async beforeSent(question: string): Promise<Gate> {
    const key = this.next++;
    await this.sql.rows('SELECT pg_advisory_lock($1)', [key]);
    await this.sql.rows('INSERT INTO faults.gates VALUES ($1, $2)', [key, question]);
    const waiting = () =>
      this.pidsOf(
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1::bigint
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        key,
      );
    return this.gate(question, waiting, async () => {
      await this.sql.rows('DELETE FROM faults.gates WHERE key = $1', [key]);
      await this.sql.rows('SELECT pg_advisory_unlock($1)', [key]);
    });
  }

  /** To be closed while the call is on its way: nobody can settle the attempts that this question has by now. */
  async beforeSettled(question: string): Promise<Gate> {
    const client = new Client({ ...this.config, application_name: 'faults' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await client.query(
      `SELECT FROM memori.attempts a JOIN memori.questions q ON q.id::text = a.question_id
       WHERE q.question = $1 FOR UPDATE OF a`,
      [question],
    );
    const mine = rows[0]?.pid;
    const waiting = () =>
      this.pidsOf('SELECT pid FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))', mine);
    return this.gate(question, waiting, () => client.end());
  }

  /** Whatever a scenario that broke off left closed. */
  async openAll(): Promise<void> {
    for (const open of this.closed) await open();
  }

  private gate(question: string, waiting: () => Promise<number[]>, unlock: () => Promise<void>): Gate {
    const open = async () => {
      if (this.closed.delete(open)) await unlock();
    };
    this.closed.add(open);
    return {
      reached: async () => {
        const until = performance.now() + REACHED_WITHIN_MS;
        while ((await waiting()).length === 0) {
          if (performance.now() > until) throw new Error(`"${question}" did not come to its gate.`);
          await sleep(20);
        }
      },
      openAfterDeath: async () => {
        for (const pid of await waiting()) await this.sql.rows('SELECT pg_terminate_backend($1, 5000)', [pid]);
        await open();
      },
    };
  }

  private async pidsOf(sql: string, param: unknown): Promise<number[]> {
    return (await this.sql.rows<{ pid: number }>(sql, [param])).map(({ pid }) => pid);
  }
}
