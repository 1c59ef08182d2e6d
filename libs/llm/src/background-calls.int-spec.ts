import { replies } from '@memori/testing';
import type { Principal } from '@memori/scope';
import { BackgroundWork } from './background-work';
import { aSummaryRequest, backgroundWorld } from './background.fixture';

jest.setTimeout(60_000);

type World = Awaited<ReturnType<typeof backgroundWorld>>;

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};
const DEFAULT = { tenantId: 'default' };
const FIRST_PAGE = { after: undefined, limit: 50 };

describe('background work by direct calls', () => {
  let world: World;
  let memori: Awaited<ReturnType<World['start']>>;

  beforeAll(async () => {
    world = await backgroundWorld();
    memori = await world.start({ MEMORI_MAX_ATTEMPTS: '2' });
  });
  beforeEach(async () => {
    memori.summaries.taken.length = 0;
    memori.summaries.failures = 0;
    await world.wipe();
  });
  afterAll(() => world.close());

  const work = () => memori.app.get(BackgroundWork, { strict: false });

  it('asks the cheap model once for each key, and charges whoever caused it', async () => {
    const submitted = await memori.submit(aSummaryRequest('a'), aSummaryRequest('a'), aSummaryRequest('b'));

    await memori.round();
    await memori.round();

    expect(submitted).toEqual(['submitted', 'known', 'submitted']);
    expect(world.claude.requests.map(({ model }) => model)).toEqual(['claude-haiku-5-5', 'claude-haiku-5-5']);
    expect(await world.journal()).toMatchObject([
      { user_id: 'anna', purpose: 'summary', reasons: [] },
      { user_id: 'anna', purpose: 'summary', reasons: [] },
    ]);
    expect(memori.summaries.taken).toHaveLength(2);
  });

  it('keeps prompts encrypted while they wait', async () => {
    await memori.submit(aSummaryRequest('a secret'));

    const [row] = await world.requests();

    expect(row?.body?.length).toBeGreaterThan(100);
    expect(row?.body?.toString('latin1')).not.toContain('a secret');
  });

  it('waits for an overloaded model and goes on by itself', async () => {
    world.claude.nextFor('memori-summary-1', replies.overloaded());
    await memori.submit(aSummaryRequest('a'));

    await memori.round();
    const [waiting] = await world.requests();
    await world.pass('1 minute');
    await memori.round();
    await memori.round();

    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0, code: 'provider-overloaded' });
    expect(await world.requests()).toMatchObject([{ state: 'taken', code: null }]);
  });

  it('shows what failed, and takes it up again when somebody says so, with a line in the audit', async () => {
    world.claude.nextFor('memori-summary-1', replies.prose(), replies.prose());
    await memori.submit(aSummaryRequest('a'));
    await memori.round();
    await world.pass('1 minute');
    await memori.round();

    const [failed] = await work().list(DEFAULT, { state: 'failed', ...FIRST_PAGE });
    const elsewhere = await work().find({ tenantId: 'other' }, failed?.id ?? '');
    const retried = await work().retry(ADMIN, failed?.id ?? '', 'req-1');
    await memori.round();
    await memori.round();

    expect(failed).toMatchObject({ kind: 'background', attempts: 2, code: 'model-reply-invalid', retryable: true });
    expect([elsewhere, retried?.state]).toEqual([undefined, 'waiting']);
    expect(await world.requests()).toMatchObject([{ state: 'taken' }]);
    expect(await world.sql(`SELECT subject_id FROM memori.audit_log WHERE action = 'job.retried'`)).toEqual([
      { subject_id: failed?.id },
    ]);
  });

  it('does not throw a reply away that its consumer could not take, and pays for it once', async () => {
    memori.summaries.failures = 5;
    await memori.submit(aSummaryRequest('a'));
    for (let round = 0; round < 7; round++) {
      await memori.round();
      await world.pass('1 hour');
    }
    const [failed] = await world.requests();
    const [item] = await work().list(DEFAULT, { state: 'failed', ...FIRST_PAGE });

    await work().retry(ADMIN, item?.id ?? '', undefined);
    await memori.round();

    expect(failed).toMatchObject({ state: 'failed', code: 'internal' });
    expect(await world.requests()).toMatchObject([{ state: 'taken' }]);
    expect([memori.summaries.taken.length, world.claude.requests.length]).toEqual([1, 1]);
  });

  it('takes nothing in while background calls are off, and holds what waited already', async () => {
    await memori.submit(aSummaryRequest('before'));
    const off = await world.start({ MEMORI_BACKGROUND_MODEL_CALLS: 'false' });

    const submitted = await off.submit(aSummaryRequest('after'));
    await off.round();
    const held = await off.app.get(BackgroundWork, { strict: false }).list(DEFAULT, { state: 'held', ...FIRST_PAGE });

    expect(submitted).toEqual(['skipped']);
    expect(held).toMatchObject([{ state: 'held', code: null }]);
    expect([world.claude.requests.length, await world.requests()]).toEqual([
      0,
      [expect.objectContaining({ key: 'before', state: 'waiting' })],
    ]);
  });

  it('gives a call in flight back when the process ends', async () => {
    const leaving = await world.start();
    const gate = world.claude.gate();
    world.claude.nextFor('memori-summary-1', replies.held(gate.until, replies.json({ summary: 'late' })));
    await leaving.submit(aSummaryRequest('a'));
    const round = leaving.round();
    await world.claude.received(1);

    await leaving.close();
    await round;

    expect(await world.requests()).toMatchObject([{ state: 'waiting', attempts: 0, code: 'shutting-down' }]);
    expect(await world.held()).toMatchObject({ open: 0 });
  });
});
