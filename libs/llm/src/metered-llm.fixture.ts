import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { Budget, Prices } from '@memori/budget';
import { Pacer, PostgresSlotStore, Slots } from '@memori/concurrency';
import { parseEnv } from '@memori/config';
import { isConflict, NotificationHub } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { testDatabase } from '@memori/testing';
import { AnthropicLlm } from './anthropic-llm';
import { CallLedger } from './call-ledger';
import { CallReservations } from './call-reservations';
import type { LlmRequest } from './llm';
import { MeteredLlm } from './metered-llm';
import { ProviderHealth } from './provider-health';
import { Randomness } from './randomness';
import { TokenRatios } from './token-ratios';

export const ANNA = { tenantId: 'default', userId: 'anna' };

const text = { type: ['string', 'null'] };
const list = { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] };
const properties = {
  outcome: { type: 'string', enum: ['sql', 'clarification', 'refusal'] },
  sql: text,
  explanation: text,
  assumptions: list,
  clarificationQuestion: text,
  clarificationOptions: list,
  refusalReason: text,
};

/** A question as the question flow would put it. */
export function aRequest(more: Partial<LlmRequest> = {}): LlmRequest {
  return {
    scope: ANNA,
    purpose: 'answer',
    system: [{ text: 'You write SQL.' }, { text: 'CREATE TABLE shop.customers (id int)' }],
    messages: [{ role: 'user', content: [{ text: 'Today is Monday.' }, { text: 'How many customers?' }] }],
    schema: {
      title: 'memori-answer-1',
      type: 'object',
      additionalProperties: false,
      required: Object.keys(properties),
      properties,
    },
    ...more,
  };
}

/** The real thing on a fresh database; only the provider's server and chance are not real. */
export async function aDoor() {
  const db = await testDatabase({ poolSize: 12 });
  const admin = new Client(db.superuser);
  await admin.connect();
  const rows = async <R>(sql: string): Promise<R[]> => (await admin.query(sql)).rows as R[];
  const prices = new Prices(db.database);
  const opened: Slots[] = [];

  const open = (baseUrl: string | undefined, settings: Record<string, string> = {}) => {
    const env = parseEnv({
      MEMORI_ANTHROPIC_API_KEY: 'test-key',
      ...(baseUrl && { MEMORI_ANTHROPIC_BASE_URL: baseUrl }),
      ...settings,
    });
    const [metrics, log, randomness] = [new Metrics(), new Log({ level: 'silent' }), new Randomness()];
    randomness.next = () => 0;
    const budget = new Budget(db.database, prices, env, metrics);
    const store = new PostgresSlotStore(db.database, new NotificationHub(db.config));
    const pacer = new Pacer(store, env, log);
    const slots = new Slots(store, pacer, env, metrics, log);
    opened.push(slots);
    const ledger = new CallLedger(budget, prices, log);
    const health = new ProviderHealth(randomness);
    const ratios = new TokenRatios(db.database, log);
    const model = new AnthropicLlm(env);
    const reservations = new CallReservations(model, ledger, prices, log);
    const llm = new MeteredLlm(
      model,
      reservations,
      ledger,
      prices,
      slots,
      pacer,
      health,
      ratios,
      env,
      metrics,
      log,
      randomness,
    );
    return { llm, budget, slots, pacer, metrics, ratios };
  };
  return {
    db,
    rows,
    prices,
    open,
    /** After every call: no slot is taken, no hold is open, and no account is beyond its limit. */
    leftovers: async () => {
      await Promise.all(opened.map((slots) => slots.settled()));
      return rows(`SELECT 'lease' AS what FROM memori.leases UNION ALL SELECT 'hold' FROM memori.holds WHERE state = 'open'
            UNION ALL SELECT 'held' FROM memori.accounts WHERE held_tokens <> 0 OR held_nano_usd <> 0`);
    },
    wipe: async () => {
      // A release that is still on its way locks the tables in another order.
      await Promise.all(opened.map((slots) => slots.settled()));
      const truncate = () =>
        rows(`ALTER TABLE memori.journal DISABLE TRIGGER USER;
        TRUNCATE memori.accounts, memori.attempts, memori.holds, memori.journal, memori.leases, memori.pauses, memori.paces,
          memori.pace_buckets, memori.token_ratios;
        ALTER TABLE memori.journal ENABLE TRIGGER USER`);
      // What a model's pace was told last may be on its way, too; nobody waits for it.
      await truncate().catch((error: unknown) => (isConflict(error) ? truncate() : Promise.reject(error as Error)));
    },
    close: async () => {
      await admin.end();
      await db.close();
    },
  };
}

export type Door = Awaited<ReturnType<typeof aDoor>>;

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [],
    model: 'claude-sonnet-5-5',
    usage: { input_tokens: 321, output_tokens: 1 },
  },
};
const DELTA = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: '{"outcome": "sql", "sql": "SELECT count(*)' },
};

/** A provider that begins an answer and then says no more. */
export async function aStallingServer() {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_stall' });
      for (const event of [START, DELTA]) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
