import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { ForbiddenError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { Log, Metrics } from '@memori/monitoring';
import { FailedWorkRegistry, type WebhookNudger } from '@memori/queue';
import type { Principal } from '@memori/scope';
import { Audit, Vault } from '@memori/security';
import { FakeClock, testDatabase, type TestDatabase } from '@memori/testing';
import { MOST_ATTEMPTS } from './retry-plan';
import { signatureOf } from './signature';
import { WebhookDeliveries } from './webhook-deliveries';
import { WebhookDispatcher } from './webhook-dispatcher';
import { WebhookSender } from './webhook-sender';
import { Webhooks } from './webhooks';

const aPrincipal = (tenantId: string, ...roles: Principal['roles']): Principal => ({
  ...{ tenantId, userId: 'admin', roles, apiKeyId: null, actedBy: null },
});
const ADMIN = aPrincipal('default', 'administrator');
const ACME = aPrincipal('acme', 'administrator');

/** A receiver that answers what it is told to, and keeps what it got. */
class Receiver {
  readonly got: { headers: IncomingHttpHeaders; body: string }[] = [];
  status = 204;
  headers: Record<string, string> = {};
  private readonly server: Server = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      this.got.push({ headers: request.headers, body });
      reply.writeHead(this.status, this.headers).end('thanks');
    });
  });
  url = '';

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('webhooks', () => {
  const vault = new Vault(randomBytes(32));
  const clock = new FakeClock(new Date('2026-11-25T12:00:00Z'));
  const nudges: number[] = [];
  const nudger = { nudge: async ({ delayMs = 0 } = {}) => void nudges.push(delayMs) } as WebhookNudger;
  let [db, admin, receiver]: [TestDatabase, Client, Receiver] = [] as never;
  let [webhooks, deliveries, dispatcher, sender]: [Webhooks, WebhookDeliveries, WebhookDispatcher, WebhookSender] =
    [] as never;
  const metrics = new Metrics();
  const registry = new FailedWorkRegistry();

  beforeAll(async () => {
    db = await testDatabase();
    admin = new Client(db.superuser);
    await admin.connect();
    await admin.query("INSERT INTO memori.tenants (id, name) VALUES ('acme', 'Acme')");
    const [env, audit] = [parseEnv({}), new Audit(db.database)];
    webhooks = new Webhooks(db.database, vault, audit, env);
    deliveries = new WebhookDeliveries(db.database, audit, nudger, registry);
    deliveries.onModuleInit();
    sender = new WebhookSender(env);
    const log = new Log({ level: 'silent' });
    dispatcher = new WebhookDispatcher(db.database, sender, vault, nudger, clock, metrics, log);
    dispatcher.random = () => 0.5;
  });
  beforeEach(async () => {
    await admin.query('TRUNCATE memori.events, memori.webhooks CASCADE');
    nudges.length = 0;
    receiver = new Receiver();
    await receiver.open();
  });
  afterEach(() => receiver.close());
  afterAll(async () => {
    await sender.onModuleDestroy();
    await admin.end();
    await db.close();
  });

  const happen = (tenantId = 'default', data: object = { scope: 'user' }) =>
    admin.query("INSERT INTO memori.events (tenant_id, type, data) VALUES ($1, 'budget.alert', $2)", [tenantId, data]);
  const rows = async () =>
    (await admin.query('SELECT * FROM memori.webhook_deliveries')).rows as Record<string, unknown>[];
  const makeDue = () => admin.query('UPDATE memori.webhook_deliveries SET run_after = clock_timestamp()');

  it('send each event once, signed', async () => {
    const { secret, id } = await webhooks.create(ADMIN, { url: receiver.url });
    await happen('default', { scope: 'user', scopeId: 'ada' });

    const made = await Promise.all([dispatcher.drain(), dispatcher.drain(), dispatcher.drain()]);

    expect(made.reduce((sum, count) => sum + count)).toBe(1);
    const [got] = receiver.got;
    const [row] = await rows();
    expect(receiver.got).toHaveLength(1);
    expect(got?.headers).toMatchObject({
      'content-type': 'application/json',
      'memori-event': 'budget.alert',
      'memori-delivery': row?.id,
      'memori-signature': signatureOf(secret, got?.body ?? '', clock.now()),
    });
    expect(JSON.parse(got?.body ?? '')).toMatchObject({
      type: 'budget.alert',
      data: { scope: 'user', scopeId: 'ada' },
    });
    expect(row).toMatchObject({ state: 'delivered', attempts: 1, last_outcome: 'http-204', webhook_id: id });
  });

  it('tell a tenant of its own events alone', async () => {
    await webhooks.create(ACME, { url: receiver.url, events: ['budget.alert'] });
    await happen('default');
    expect(await dispatcher.drain()).toBe(0);

    await happen('acme');

    expect(await dispatcher.drain()).toBe(1);
  });

  it('try again with backoff, and come to rest as failed; a retry begins afresh', async () => {
    receiver.status = 500;
    await webhooks.create(ADMIN, { url: receiver.url });
    await happen();
    for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt++) {
      expect(await dispatcher.drain()).toBe(1);
      expect(await dispatcher.drain()).toBe(0);
      await makeDue();
    }
    expect(nudges.slice(0, 3)).toEqual([2500, 10_000, 40_000]);
    await dispatcher.drain();
    const [failed] = await deliveries.list(ADMIN, { state: 'failed', after: undefined, limit: 10 });
    expect(failed).toMatchObject({ kind: 'webhook', attempts: MOST_ATTEMPTS, code: 'http-500', retryable: true });
    expect(new Set(receiver.got.map(({ headers }) => headers['memori-delivery'])).size).toBe(1);
    expect(registry.sources(false)).toEqual([deliveries]);
    const later = { at: failed?.failedAt ?? '', id: 'a job of another kind' };
    expect(await deliveries.list(ADMIN, { state: 'failed', after: later, limit: 10 })).toEqual(
      (failed?.id ?? '') < later.id ? [failed] : [],
    );
    expect(await deliveries.list(ACME, { state: 'failed', after: undefined, limit: 10 })).toEqual([]);
    expect(await deliveries.retry(ACME, failed?.id ?? '')).toBeUndefined();

    receiver.status = 200;
    expect(await deliveries.retry(ADMIN, failed?.id ?? '', 'request-1')).toMatchObject({
      state: 'waiting',
      attempts: 0,
    });
    await dispatcher.drain();

    expect(await rows()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(await deliveries.find(ADMIN, failed?.id ?? '')).toBeUndefined();
    expect(await metrics.text()).toContain('memori_webhook_deliveries_total{outcome="failed"} 1');
  });

  it('follow no redirect', async () => {
    Object.assign(receiver, { status: 307, headers: { location: `${receiver.url}/elsewhere` } });
    await webhooks.create(ADMIN, { url: receiver.url });
    await happen();

    await dispatcher.drain();

    expect(receiver.got).toHaveLength(1);
    expect(await rows()).toMatchObject([{ state: 'waiting', last_outcome: 'http-307' }]);
  });

  it('are given up when the receiver says that it is gone', async () => {
    receiver.status = 410;
    await webhooks.create(ADMIN, { url: receiver.url });
    await happen();

    await dispatcher.drain();

    expect(await rows()).toMatchObject([{ state: 'failed', attempts: 1 }]);
  });

  it('outlive a receiver that is not there', async () => {
    await webhooks.create(ADMIN, { url: 'http://127.0.0.1:9/' });
    await happen();

    await dispatcher.drain();

    expect(await rows()).toMatchObject([{ state: 'waiting', last_outcome: expect.stringMatching(/^[a-z-]+$/) }]);
  });

  it('are taken over from a process that died with them', async () => {
    await webhooks.create(ADMIN, { url: receiver.url });
    await happen();
    await db.database.call('SELECT * FROM memori.claim_deliveries(10, 60000)');
    expect(await dispatcher.drain()).toBe(0);

    await admin.query("UPDATE memori.webhook_deliveries SET claim_expires_at = clock_timestamp() - interval '1 s'");

    expect(await dispatcher.drain()).toBe(1);
  });

  it('keep their secret encrypted and show it once; deleting one ends its deliveries', async () => {
    const { secret, id } = await webhooks.create(ADMIN, { url: receiver.url });
    await happen();
    const { rows: stored } = await admin.query('SELECT secret::text FROM memori.webhooks');
    const { items } = await webhooks.list(ADMIN, { limit: 10 });

    expect(secret).toMatch(/^whsec_.{43}$/);
    expect(JSON.stringify([stored, items])).not.toContain(secret);
    expect(items).toMatchObject([{ id, url: receiver.url, events: ['*'] }]);
    await expect(webhooks.delete(ACME, id)).rejects.toThrow(NotFoundError);
    await webhooks.delete(ADMIN, id);
    expect([await rows(), await dispatcher.drain()]).toEqual([[], 0]);
  });

  it.each([
    [ADMIN, { url: 'http://169.254.169.254/latest' }, InvalidRequestError],
    [ADMIN, { url: 'nowhere' }, InvalidRequestError],
    [ADMIN, { url: 'https://example.com/', events: ['weather'] }, InvalidRequestError],
    [ADMIN, { url: 'https://example.com/', events: [] }, InvalidRequestError],
    [aPrincipal('default', 'curator'), { url: 'https://example.com/' }, ForbiddenError],
  ])('are refused when they should be: %#', async (principal, input, error) => {
    await expect(webhooks.create(principal, input)).rejects.toThrow(error);
  });
});
