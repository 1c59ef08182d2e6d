import { NotificationHub } from '@memori/database';
import { ForbiddenError } from '@memori/errors';
import { ADMIN, aLedger, ANNA, aPrincipal, MODEL, SMALL, type Ledger } from './ledger.fixture';
import { PriceTable } from './price-table';
import { Prices } from './prices';

type Content = { version: string; models: { id: string; output: string }[] };

const dearer = (): Content => {
  const content = structuredClone(PriceTable.bundled().content) as Content;
  content.models.find(({ id }) => id === MODEL)!.output = '20';
  return content;
};

describe('PriceAdmin', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());
  afterEach(() => ledger.priceAdmin.replace(ADMIN, PriceTable.bundled().content));

  it('puts another list in force: what is reserved from now on costs that', async () => {
    const budget = ledger.budget();
    const before = await budget.reserve(ANNA, { model: MODEL, atMost: SMALL, purpose: 'answer' });

    const set = await ledger.priceAdmin.replace(ADMIN, { ...dearer(), comment: 'ignored' }, 'request-1');
    const after = await budget.reserve(ANNA, { model: MODEL, atMost: SMALL, purpose: 'answer' });
    const old = await budget.settle(before, SMALL, { outcome: 'answered' });
    const fresh = await budget.settle(after, SMALL, { outcome: 'answered' });

    expect([old.costNanoUsd, fresh.costNanoUsd]).toEqual([1_200_000n, 2_200_000n]);
    expect(set).toMatchObject({ version: '2026-11', isBundled: false, setBy: 'admin' });
    expect(set).not.toHaveProperty('comment');
    expect(await ledger.rows('SELECT price_version FROM memori.journal ORDER BY id')).toEqual([
      { price_version: PriceTable.bundled().version },
      { price_version: set.priceVersion },
    ]);
    expect(await ledger.priceAdmin.get(ADMIN)).toEqual(set);
    expect(await ledger.rows("SELECT subject_id FROM memori.audit_log WHERE request_id = 'request-1'")).toEqual([
      { subject_id: set.priceVersion },
    ]);
  });

  it('takes back what it answered', async () => {
    const first = await ledger.priceAdmin.replace(ADMIN, dearer());
    const again = await ledger.priceAdmin.replace(ADMIN, await ledger.priceAdmin.get(ADMIN));

    expect(again.priceVersion).toBe(first.priceVersion);
  });

  it('is followed by every instance', async () => {
    const hub = new NotificationHub(ledger.db.config);
    const other = new Prices(ledger.db.database, hub);
    await other.onApplicationBootstrap();
    await hub.ready();
    const told = new Promise<void>((resolve) => hub.on('memori_prices', () => resolve()));

    const { priceVersion } = await ledger.priceAdmin.replace(ADMIN, dearer());
    await told;
    while (other.current.version !== priceVersion) await new Promise(setImmediate);

    expect(other.current.get(MODEL).output).toBe(20_000_000_000n);
    other.onModuleDestroy();
    await hub.onApplicationShutdown();
  });

  it('is in force in a process that starts later', async () => {
    const { priceVersion } = await ledger.priceAdmin.replace(ADMIN, dearer());
    const later = new Prices(ledger.db.database);
    await later.onApplicationBootstrap();

    expect(later.current.version).toBe(priceVersion);
  });

  it('refuses a malformed list with a pointer to each fault, and the former stays', async () => {
    const content = dearer();
    content.models[0]!.output = '-1';
    content.models[1]!.id = '';

    await expect(ledger.priceAdmin.replace(ADMIN, content)).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { errors: [{ pointer: '/models/0/output' }, { pointer: '/models/1/id' }] },
    });
    expect(ledger.prices.current.version).toBe(PriceTable.bundled().version);
  });

  it.each([MODEL, 'claude-haiku-5-5', 'claude-opus-5-5'])(
    'refuses a list without %s, which questions are put to',
    async (missing) => {
      const content = dearer();
      content.models = content.models.filter(({ id }) => id !== missing);

      await expect(ledger.priceAdmin.replace(ADMIN, content)).rejects.toMatchObject({
        facts: { errors: [{ pointer: '/models', message: expect.stringContaining(missing) as string }] },
      });
    },
  );

  it('is for administrators of the installation', async () => {
    await expect(ledger.priceAdmin.replace(aPrincipal('acme', 'administrator'), dearer())).rejects.toThrow(
      ForbiddenError,
    );
    await expect(ledger.priceAdmin.replace(aPrincipal('default', 'curator'), dearer())).rejects.toThrow(ForbiddenError);
    await expect(ledger.priceAdmin.get(aPrincipal('acme', 'member'))).rejects.toThrow(ForbiddenError);
  });

  it('lets a call of a model that has gone from the list be charged at the dearest price', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, { model: MODEL, atMost: SMALL, purpose: 'answer' });
    const unkept = { ...hold, model: 'claude-gone' };

    const { costNanoUsd } = await budget.settle(unkept, SMALL, { outcome: 'answered' });

    expect(costNanoUsd).toBe(100n * 10_000n + 100n * 50_000n);
  });
});
