import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { seededRandom } from '@memori/golds';
import { emptyDatabase, FakeClaude, RedisProcess, testDatabase } from '@memori/testing';
import { type Asked, type AskOptions, outcomeOf } from './asked';
import { Gates } from './gates';
import { Instance, type Role } from './instance';
import { Leases } from './leases';
import { type Person, plantPeople } from './people';
import { Sampler } from './sampler';
import { Sql } from './sql';
import { TcpProxy } from './tcp-proxy';

export type Mode = 'postgres' | 'redis';

export interface WorldOptions {
  readonly mode: Mode;
  readonly isShort: boolean;
  readonly seed: number;
  readonly env?: Readonly<Record<string, string>>;
  /** How many processes of each role are started with it: two when left out. */
  readonly apis?: number;
  readonly workers?: number;
  /** Clocks that are off, in seconds: `{ api: [300] }` moves that of the first API process. */
  readonly clocks?: Partial<Record<Role, readonly number[]>>;
  /** False: Redis is not there yet when the processes start. */
  readonly withRedisAtStart?: boolean;
  readonly print: (line: string) => void;
}

export const ADMIN_KEY = 'the-administrators-key-of-the-faults';

/** Leases, holds and waits short enough that whatever cleans up does so while a scenario looks on. */
const ENV = {
  MEMORI_ADMIN_KEY: ADMIN_KEY,
  MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
  MEMORI_ANTHROPIC_API_KEY: 'sk-fake',
  MEMORI_DAILY_TOKEN_LIMIT: '100000000',
  MEMORI_MONTHLY_BUDGET_USD: '1000',
  MEMORI_MAX_OUTPUT_TOKENS: '512',
  MEMORI_CLAUDE_TIMEOUT_MS: '20000',
  MEMORI_HOLD_TTL_MS: '25000',
  MEMORI_SLOT_LEASE_MS: '5000',
  MEMORI_MAX_CONCURRENT_REQUESTS: '6',
  MEMORI_MAX_REQUESTS_PER_USER: '3',
  MEMORI_QUEUE_MAX_WAIT_SECONDS: '120',
  MEMORI_SHUTDOWN_GRACE_SECONDS: '5',
  MEMORI_BACKGROUND_MODEL_CALLS: 'false',
  MEMORI_ENABLE_CACHING: 'false', // a question that is asked again is to be called for again
  MEMORI_LOG_LEVEL: 'info',
} as const;

const SHOP = `
  CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10,2) NOT NULL, ordered_on date NOT NULL, note text);
  INSERT INTO orders SELECT n, n * 1.25, date '2024-01-01' + n, repeat('x', 3000) FROM generate_series(1, 3000) n;`;
const ANSWER = 'SELECT count(*) AS orders FROM orders';

/**
 * Everything that a scenario plays with: two API processes and two workers of the built Memori on one PostgreSQL (and
 * one Redis), and a fake Claude over HTTP. `world.api(0).kill()` is `kill -9`.
 */
export class World {
  readonly asked: Asked[] = [];
  readonly instances: Instance[] = [];
  /** Questions whose process stands still: it cannot end a call that it does not know to be over. */
  readonly frozen = new Set<string>();
  people: readonly Person[] = [];
  dataSourceId = '';
  private readonly random: () => number;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private number = 0;

  private constructor(
    readonly options: WorldOptions,
    readonly claude: FakeClaude,
    readonly sql: Sql,
    readonly gates: Gates,
    readonly leases: Leases,
    readonly sampler: Sampler,
    /** Of the superuser of Memori's own database. */
    readonly superuser: ClientConfig,
    readonly rivalsUrl: string,
    private readonly env: Record<string, string>,
    readonly redis: RedisProcess | undefined,
    readonly redisWire: TcpProxy | undefined,
  ) {
    this.random = seededRandom(options.seed);
  }

  static async open(options: WorldOptions): Promise<World> {
    const [db, shop, rivals, claude] = await Promise.all([
      testDatabase(),
      emptyDatabase(SHOP),
      emptyDatabase(SHOP),
      FakeClaude.start(),
    ]);
    const redis = options.mode === 'redis' ? await RedisProcess.start() : undefined;
    if (options.mode === 'redis' && !redis) throw new Error('No redis-server is installed.');
    const wire = redis && (await TcpProxy.start(redis.port));
    const env = {
      ...ENV,
      MEMORI_DATABASE_URL: db.url,
      MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      ...(wire && { MEMORI_REDIS_URL: `redis://127.0.0.1:${wire.port}` }),
      ...options.env,
    };
    const sql = new Sql(db.superuser);
    // An earlier scenario may have crashed the server, which empties the template's unlogged tables too.
    await sql.rows(`INSERT INTO memori.lease_epoch (grants_from) VALUES ('-infinity') ON CONFLICT DO NOTHING`);
    const limits = {
      slots: Number(env.MEMORI_MAX_CONCURRENT_REQUESTS),
      slotsPerUser: Number(env.MEMORI_MAX_REQUESTS_PER_USER),
    };
    const leases = new Leases(redis?.url);
    const sampler = new Sampler(db.superuser, leases, limits);
    const gates = await Gates.install(sql, db.superuser);
    const world = new World(options, claude, sql, gates, leases, sampler, db.superuser, rivals.url, env, redis, wire);
    world.closers.push(
      () => sampler.stop(),
      async () => leases.close(),
      () => claude.stop(),
      async () => redis?.stop(),
      async () => wire?.stop(),
      () => sql.close(),
      async () => void (await Promise.all([db.close(), shop.close(), rivals.close()])),
    );
    try {
      await world.boot(shop.url);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get mode(): Mode {
    return this.options.mode;
  }

  get isShort(): boolean {
    return this.options.isShort;
  }

  get slots(): { all: number; perUser: number } {
    return {
      all: Number(this.env.MEMORI_MAX_CONCURRENT_REQUESTS),
      perUser: Number(this.env.MEMORI_MAX_REQUESTS_PER_USER),
    };
  }

  get holdTtlMs(): number {
    return Number(this.env.MEMORI_HOLD_TTL_MS);
  }

  api(index: number): Instance {
    return this.nth('api', index);
  }

  worker(index: number): Instance {
    return this.nth('worker', index);
  }

  /** The process that holds the claim on a question. */
  async runnerOf(question: string): Promise<Instance> {
    const { claimed_by: by } = await this.sql.row<{ claimed_by: string | null }>(
      'SELECT claimed_by FROM memori.questions WHERE question = $1',
      [question],
    );
    const found = this.instances.find(({ pid }) => by?.split(':')[1] === String(pid));
    if (!found) throw new Error(`Nobody of ours runs "${question}" (${by}).`);
    return found;
  }

  async spawn(role: Role, clockOffSeconds?: number): Promise<Instance> {
    const instance = await Instance.spawn({ role, env: this.env, clockOffSeconds });
    this.instances.push(instance);
    return instance;
  }

  print(line: string): void {
    this.options.print(line);
  }

  /** 0 to 1, the same for the same seed. */
  chance(): number {
    return this.random();
  }

  randomText(length: number): string {
    return Array.from({ length }, () => 'abcdefghijkmnpqrstuvwxyz'[Math.floor(this.random() * 24)]).join('');
  }

  /** A question that nobody asked before, which holds `word`. */
  question(word = 'orders'): string {
    this.number++;
    return `Question ${String(this.number).padStart(5, '0')}: how many ${word} were there?`;
  }

  /** Asks, and keeps what came back. A connection that breaks is no error: that is what faults are. */
  async ask(question: string, options: AskOptions = {}): Promise<Asked> {
    const { user = 'admin', api = this.asked.length % this.apis, isAsync, waitSeconds = 60 } = options;
    const asked: Asked = { question, user, turnedAway: [] };
    this.asked.push(asked);
    const prefer = isAsync ? 'respond-async' : `wait=${waitSeconds}`;
    const { idempotencyKey, model, signal } = options;
    const headers = {
      prefer,
      'x-memori-user': user,
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    };
    const body = { question, dataSourceId: this.dataSourceId, ...(model && { model }) };
    try {
      for (let left = options.retries ?? 0; ; left--) {
        const answer = await this.call(api, 'POST', '/v1/questions', { body, headers, signal });
        asked.status = answer.status;
        asked.headers = answer.headers;
        this.learn(asked, answer.body);
        if (answer.status !== 503 || left <= 0) break;
        asked.turnedAway.push(String(answer.body.code));
        await sleep(1000 * (1 + this.chance()));
      }
    } catch {
      // The row, if there is one, is found by its text.
    }
    return asked;
  }

  /** Waits for the end of every question that was acknowledged, and fails unless all were answered. */
  async expectAnswered(asked: readonly Asked[]): Promise<void> {
    const acknowledged = asked.filter(({ id, status }) => id !== undefined && (status === 200 || status === 202));
    for (const each of acknowledged) await this.finish(each);
    const others = acknowledged.filter(({ outcome }) => outcome !== 'answered');
    const words = others.map(({ question, outcome }) => `"${question}" ${outcome}`).join(', ');
    if (others.length > 0) throw new Error(`${others.length} of ${acknowledged.length} were not answered: ${words}`);
  }

  /** Waits for the end of a question, by whichever API process is alive. */
  async finish(asked: Asked, withinMs = 90_000): Promise<Asked> {
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      const api = this.instances.findIndex(({ role, isRunning }) => role === 'api' && isRunning);
      const left = Math.ceil(Math.min(20_000, until - performance.now()) / 1000);
      const answer = await this.callAt(this.instances[api], 'GET', `/v1/questions/${asked.id}?wait=${left}`, {
        headers: { 'x-memori-user': asked.user },
      }).catch(() => undefined);
      if (answer?.status === 200) this.learn(asked, answer.body);
      if (asked.outcome && !['queued', 'running'].includes(asked.outcome)) return asked;
      await sleep(100);
    }
    throw new Error(`"${asked.question}" was not over within ${withinMs} ms: ${asked.outcome}`);
  }

  /** Creates something as the administrator, or with another key. */
  async make(path: string, body: object, key = ADMIN_KEY): Promise<{ id: string; key: string }> {
    const answer = await this.call(0, 'POST', path, { body, headers: { authorization: `Bearer ${key}` } });
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return (answer.body.items ? (answer.body.items as object[])[0] : answer.body) as { id: string; key: string };
  }

  call(api: number, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return this.callAt(this.api(api), method, path, options);
  }

  async callAt(
    instance: Instance | undefined,
    method: string,
    path: string,
    { body, headers, signal }: CallOptions = {},
  ): Promise<Answer> {
    if (!instance) throw new Error('No process is alive that could be asked.');
    const response = await fetch(`${instance.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: signal ?? AbortSignal.timeout(180_000),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, body: json };
  }

  /** The faults are over, however the scenario ended: nothing is held back any more. */
  async calm(): Promise<void> {
    for (const instance of this.instances) instance.thaw();
    await this.gates.openAll().catch(() => undefined);
    if (this.redisWire) this.redisWire.delayMs = 0;
    this.claude.script().answers(ANSWER);
  }

  /** Restarts every process with other settings, which those to come have too. */
  async reconfigure(env: Readonly<Record<string, string>>): Promise<void> {
    Object.assign(this.env, env);
    await Promise.all(this.instances.map((instance) => instance.terminate()));
    for (const instance of this.instances) instance.start(env);
    await Promise.all(this.instances.map((instance) => instance.ready()));
  }

  /** As a scenario finds it: every process is up, the model answers, nobody has waited yet. */
  async heal(): Promise<void> {
    await this.calm();
    for (const instance of this.instances) if (!instance.isRunning) instance.start();
    await Promise.all(this.instances.map((instance) => instance.ready()));
    this.sampler.forgiveIdleness();
  }

  /** Polls until `isSo` answers true. */
  async until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
    const end = performance.now() + withinMs;
    while (performance.now() < end) {
      if (await isSo()) return;
      await sleep(50);
    }
    throw new Error(`Not within ${withinMs} ms: ${what}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.dispose()));
    for (const close of this.closers.splice(0)) await close().catch(() => undefined);
  }

  private get apis(): number {
    return this.instances.filter(({ role }) => role === 'api').length;
  }

  private nth(role: Role, index: number): Instance {
    const found = this.instances.filter((instance) => instance.role === role)[index];
    if (!found) throw new Error(`There is no ${role} ${index}.`);
    return found;
  }

  private async boot(shopUrl: string): Promise<void> {
    const { apis = 2, workers = 2, clocks = {}, withRedisAtStart = true } = this.options;
    if (!withRedisAtStart) await this.redis?.kill();
    for (let at = 0; at < apis; at++) await this.spawn('api', clocks.api?.[at]);
    for (let at = 0; at < workers; at++) await this.spawn('worker', clocks.worker?.[at]);
    if (!withRedisAtStart) {
      for (const instance of this.instances)
        await this.until(`the ${instance.role} says that Redis is missing`, () => instance.missesRedis(), 120_000);
      await this.redis?.run();
    }
    await Promise.all(this.instances.map((instance) => instance.ready()));
    this.claude.answers(ANSWER);
    this.dataSourceId = (await this.make('/v1/data-sources', { name: 'shop', dialect: 'postgresql', url: shopUrl })).id;
    this.people = await plantPeople(this);
    this.sampler.start();
  }

  private learn(asked: Asked, body: Record<string, unknown>): void {
    asked.body = body;
    asked.outcome = outcomeOf(body);
    const id = body.questionId ?? (typeof body.question === 'string' ? body.id : undefined);
    if (typeof id === 'string') asked.id = id;
  }
}

export interface CallOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A seed that a run can be repeated with. */
export function freshSeed(): number {
  return randomBytes(4).readUInt32BE();
}
