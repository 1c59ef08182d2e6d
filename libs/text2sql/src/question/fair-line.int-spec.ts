import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { Log } from '@memori/monitoring';
import { newId } from '@memori/scope';
import { FakeClock, testDatabase, type TestDatabase } from '@memori/testing';
import { QuestionLine } from './question-line';
import type { Claim } from './question-record';
import { QueuePlaces } from './queue-places';
import { ServiceAccounts } from './service-accounts';

jest.setTimeout(30_000);

describe('the fair order of the line', () => {
  let db: TestDatabase;
  let admin: Client;
  let line: QuestionLine;
  let service: ServiceAccounts;

  beforeAll(async () => {
    db = await testDatabase();
    admin = new Client(db.superuser);
    await admin.connect();
    await admin.query("INSERT INTO memori.tenants (id, name) VALUES ('acme', 'acme'), ('zeta', 'zeta')");
    line = new QuestionLine(db.database, parseEnv({ MEMORI_MAX_REQUESTS_PER_USER: '100' }));
    service = new ServiceAccounts(db.database, new Log({ level: 'silent' }));
  });
  afterAll(async () => {
    await admin.end();
    await db.close();
  });
  beforeEach(async () => {
    await admin.query(
      `TRUNCATE memori.questions, memori.service_clock, memori.tenant_service, memori.user_service CASCADE`,
    );
  });

  /** So many questions that wait for a slot; the user is `tenant/name`. */
  async function wait(who: string, count = 1, more: { background?: boolean } = {}): Promise<void> {
    const [tenant, user] = who.split('/');
    const sessions = Array.from({ length: count }, () => newId());
    await admin.query(
      `INSERT INTO memori.sessions (id, tenant_id, user_id, namespace, ttl_seconds, expires_at)
       SELECT s, $1, $2, 'default', 60, now() + interval '1 h' FROM unnest($3::uuid[]) AS s`,
      [tenant, user, sessions],
    );
    // Of one session only the first could be taken.
    await admin.query(
      `INSERT INTO memori.questions (id, tenant_id, user_id, roles, session_id, data_source_id, question, input, status, wait_reason)
       SELECT gen_random_uuid(), $1, $2, '{member}', s, gen_random_uuid(), 'How many?', $4, 'queued', 'no-slot'
       FROM unnest($3::uuid[]) AS s`,
      [tenant, user, sessions, JSON.stringify(more)],
    );
  }

  const whoOf = ({ principal }: Claim) => `${principal.tenantId}/${principal.userId}`;

  /** Claims one, lets it use so many tokens, and ends it. Whose it was. */
  async function serve(tokensOf: (who: string) => number = () => 1000): Promise<string | undefined> {
    const claim = await line.claim({ slotFreed: true });
    if (!claim) return undefined;
    await end(claim, tokensOf(whoOf(claim)));
    return whoOf(claim);
  }

  async function end(claim: Claim, tokens: number): Promise<void> {
    await admin.query("UPDATE memori.questions SET status = 'answered' WHERE id = $1", [claim.id]);
    service.charge(claim, tokens);
    await service.settled();
  }

  async function serveMany(count: number, tokensOf?: (who: string) => number): Promise<string[]> {
    const served: string[] = [];
    for (let n = 0; n < count; n++) served.push((await serve(tokensOf)) ?? 'nobody');
    return served;
  }

  it('lets a newcomer go next, however many questions of another wait', async () => {
    await wait('acme/busy', 1000);
    await serveMany(20);

    await wait('acme/newcomer', 2);

    expect(await serveMany(4)).toEqual(['acme/newcomer', 'acme/busy', 'acme/newcomer', 'acme/busy']);
  });

  it('is the order of the places that are told to those who wait', async () => {
    await wait('acme/busy', 40);
    await serveMany(5, () => 2000);
    await wait('acme/late', 3);
    await wait('zeta/one', 4);
    await wait('zeta/two', 1, { background: true });
    await wait('acme/two', 2);
    const places = new QueuePlaces(db.database, new FakeClock());
    const { rows } = await admin.query<{ id: string; who: string }>(
      "SELECT id, tenant_id || '/' || user_id AS who FROM memori.questions WHERE status = 'queued'",
    );
    const told: string[] = [];
    for (const { id, who } of rows) told[(await places.placeOf(id)) - 1] = who;

    const served = await serveMany(rows.length, () => 2000);

    expect(told).toEqual(served);
    expect(await places.placeOf(newId())).toBe(rows.length + 1);
  });

  it('shares tokens, not turns: cheap questions come more often', async () => {
    await wait('acme/cheap', 100);
    await wait('acme/dear', 100);

    const served = await serveMany(60, (who) => (who === 'acme/dear' ? 5000 : 1000));

    const dear = served.filter((who) => who === 'acme/dear').length;
    expect(dear).toBeGreaterThanOrEqual(9);
    expect(dear).toBeLessThanOrEqual(11);
  });

  it('is fair among tenants first, then among the users of each', async () => {
    for (const who of ['acme/a', 'acme/b', 'acme/c', 'zeta/z']) await wait(who, 40);

    const served = await serveMany(60);

    const count = (who: string) => served.filter((each) => each === who).length;
    expect(count('zeta/z')).toBe(30);
    expect([count('acme/a'), count('acme/b'), count('acme/c')]).toEqual([10, 10, 10]);
  });

  it('banks no credit: who comes back after a pause starts where the others are', async () => {
    await wait('acme/away', 1);
    await wait('acme/busy', 200);
    await serveMany(100);

    await wait('acme/away', 50);

    const served = await serveMany(20);
    expect(served.filter((who) => who === 'acme/away').length).toBe(10);
  });

  it('makes no debt of what was used while nobody waited, beyond one question', async () => {
    for (let n = 0; n < 50; n++) service.charge(direct('acme/alone'), 1000);
    await service.settled();
    await wait('acme/alone', 20);
    await wait('acme/newcomer', 20);

    const served = await serveMany(10);

    expect(served[0]).toBe('acme/newcomer');
    expect(served.filter((who) => who === 'acme/alone').length).toBeGreaterThanOrEqual(4);
  });

  it('charges a typical question at once, so that claims made together are shared as well', async () => {
    await wait('acme/a', 10);
    await wait('acme/b', 10);

    const claims = await Promise.all(Array.from({ length: 8 }, () => line.claim({ slotFreed: true })));

    expect(claims.filter((claim) => claim && whoOf(claim) === 'acme/a')).toHaveLength(4);
    expect(new Set(claims.map((claim) => claim?.id)).size).toBe(8);
  });

  it('gives back what a claim took when the question had to wait again', async () => {
    await wait('acme/a', 1);
    const claim = (await line.claim({ slotFreed: true }))!;
    await line.requeue(claim, { delayMs: 0, reason: 'no-slot', counts: false });
    service.charge(claim, 0);
    await service.settled();

    const { rows } = await admin.query('SELECT served FROM memori.user_service');
    expect(rows).toEqual([{ served: 0 }]);
  });

  it('lets questions that somebody waits for go before background work', async () => {
    await wait('acme/evaluation', 3, { background: true });
    expect(await line.interactiveWaits()).toBe(false);
    await wait('acme/person', 2);

    expect(await line.interactiveWaits()).toBe(true);
    expect(await serveMany(3)).toEqual(['acme/person', 'acme/person', 'acme/evaluation']);
  });

  it('passes over users who have their share of slots', async () => {
    await wait('acme/a', 2);
    await wait('acme/b', 1);
    const skip = [{ tenantId: 'acme', userId: 'a' }];

    const claims = [await line.claim({ slotFreed: true, skip }), await line.claim({ slotFreed: true, skip })];

    expect(claims.map((claim) => claim && whoOf(claim))).toEqual(['acme/b', undefined]);
  });

  it('gives the turn of a look to the fairest who waits for a slot, not to the one whose time has come', async () => {
    await wait('acme/busy', 3);
    await serveMany(1);
    await wait('acme/newcomer', 1);
    await admin.query("UPDATE memori.questions SET run_after = now() + interval '1 h' WHERE user_id = 'newcomer'");

    const claim = await line.claim();

    expect(whoOf(claim!)).toBe('acme/newcomer');
  });

  it('wakes nobody to find all slots taken, until one is given back', async () => {
    const one = new QuestionLine(db.database, parseEnv({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' }));
    await wait('acme/a', 2);

    const looked = [await one.claim(), await one.claim(), await one.claim({ runEnded: true })];
    const freed = await one.claim({ slotFreed: true });

    expect(looked.map((claim) => claim !== undefined)).toEqual([true, false, false]);
    expect(freed).toBeDefined();
  });

  it('forgets the accounts of those who are not ahead, and is as fair as before', async () => {
    await wait('acme/a', 3);
    await wait('acme/b', 3);
    await serveMany(3);
    await service.forget();
    const { rows } = await admin.query('SELECT user_id FROM memori.user_service');

    expect(rows).toEqual([{ user_id: 'a' }]);
    expect(await serveMany(3)).toEqual(['acme/b', 'acme/a', 'acme/b']);
  });

  it('begins anew after a crash that emptied its tables', async () => {
    await wait('acme/a', 2);
    await wait('acme/b', 2);
    await serve();
    await admin.query('TRUNCATE memori.service_clock, memori.tenant_service, memori.user_service');

    expect(await serveMany(3)).toHaveLength(3);
  });

  /** A question that ran at once, without ever standing in the line. */
  function direct(who: string): Claim {
    const [tenantId = '', userId = ''] = who.split('/');
    const principal = { tenantId, userId, roles: [], apiKeyId: null, actedBy: null };
    return { principal, progress: undefined } as unknown as Claim;
  }
});
