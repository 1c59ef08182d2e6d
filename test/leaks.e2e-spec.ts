import { strFromU8, unzipSync } from 'fflate';
import * as fc from 'fast-check';
import { FakeClaude, replies } from '@memori/testing';
import {
  type Home,
  type IdKind,
  type Place,
  PlantedWorld,
  type Principal,
  type Role,
  ROLES,
  type Secret,
} from './leaks/planted-world';
import { type Choice, type MakeRequest, readRequests, type ReadRequest } from './leaks/read-requests';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { clientOf } from './support/client';
import type { ApiDocument } from './support/document';

/** Of every read path, for each role; of those that search, where most can be chosen. */
const RUNS = 5;
const SEARCH_RUNS = 20;
const SEARCHES = ['POST /v1/memories/search', 'POST /v1/memories/context'];
const SEED = Number(process.env.MEMORI_TEST_SEED ?? Date.now() % 2 ** 31);
/** There is none of these in the world. */
const MAY_BE_MISSING = ['GET /v1/sessions/{id}/summary', 'GET /v1/admin/budgets/{scope}/{id}'];
/** Of the installation, not of a tenant: refused to the administrators of one. */
const OF_THE_INSTALLATION = ['GET /v1/admin/tenants', 'GET /v1/admin/tenants/{id}', 'GET /v1/admin/prices'];

let claude: FakeClaude;
let memori: BootedMemori;
let world: PlantedWorld;
let reads: ReadonlyMap<string, MakeRequest>;
const cursors: string[] = [];

jest.setTimeout(240_000);

beforeAll(async () => {
  process.stdout.write(`leaks: seed ${SEED} (repeat with MEMORI_TEST_SEED=${SEED})\n`);
  claude = await FakeClaude.start();
  claude.answers(replies.sql('SELECT * FROM customers'));
  memori = await bootMemori({ claude, env: { MEMORI_ENABLE_CACHING: 'true', MEMORI_DAILY_TOKEN_LIMIT: '100000000' } });
  const document = (await clientOf(memori)('GET', '/openapi.json')).body as unknown as ApiDocument;
  world = await PlantedWorld.plant(memori, document);
  reads = readRequests(document);
});

afterAll(async () => {
  await memori?.close();
  await world?.close();
  await claude?.stop();
});

interface Read {
  readonly status: number;
  readonly shown: readonly Secret[];
}

/** Reads as somebody, and what he is shown: in the answer, and in the prompt if the model was asked. */
async function read({ headers }: Principal, { method, path, body }: ReadRequest): Promise<Read> {
  const asked = claude.requests.length;
  const type = body && { 'content-type': 'application/json' };
  const response = await fetch(`${memori.url}${path}`, {
    ...{ method, headers: { ...headers, ...type }, body: body && JSON.stringify(body) },
  });
  const text = textOf(new Uint8Array(await response.arrayBuffer()));
  const [, cursor] = /"nextCursor":"([^"]+)"/.exec(text) ?? [];
  if (cursor !== undefined) cursors.push(cursor);
  const prompts = claude.requests.slice(asked).map(({ promptText }) => promptText);
  return { status: response.status, shown: world.shown([text, ...prompts].join('\n')) };
}

/** A workbook is compressed: its text is in its parts. */
function textOf(bytes: Uint8Array): string {
  const isZipped = strFromU8(bytes.subarray(0, 2)) === 'PK';
  return isZipped
    ? Object.values(unzipSync(bytes))
        .map((part) => strFromU8(part))
        .join('\n')
    : strFromU8(bytes);
}

/** From where it is looked: a place where the path searches one, else all that is the user's. */
function standpoint(principal: Principal, { path, body }: ReadRequest): Place | 'nowhere' | 'everywhere' {
  if (!/^\/v1\/(memories\/(search|context)|questions)$/.test(path) || !body) return 'everywhere';
  const { sessionId, dataSourceId } = body;
  const own = world.places.filter(
    ({ tenantId, userId }) => tenantId === principal.tenantId && userId === principal.userId,
  );
  const namespace = body['namespace'] ?? (dataSourceId === undefined ? 'default' : `schema:${String(dataSourceId)}`);
  const found =
    sessionId === undefined
      ? own.find((place) => !place.isolated && place.namespace === namespace)
      : own.find((place) => place.sessionId === sessionId);
  return found ?? 'nowhere';
}

function mayShow(home: Home, principal: Principal, request: ReadRequest): boolean {
  if (home.tenantId !== principal.tenantId) return false;
  if (home.userId === undefined) return true;
  if (home.isProposed && request.path.startsWith('/v1/verified-queries/proposals')) return principal.role !== 'member';
  if (home.userId !== principal.userId) return false;
  const from = standpoint(principal, request);
  if (from === 'everywhere') return true;
  if (home.place !== from) return false;
  return home.isOfSession !== true || request.body?.['sessionId'] === home.place.sessionId;
}

const leaksOf = (shown: readonly Secret[], principal: Principal, request: ReadRequest) =>
  shown
    .filter(({ home }) => !mayShow(home, principal, request))
    .map(({ value, home }) => ({ value, home, principal: { ...principal, headers: undefined }, request }));

/** Draws from numbers that fast-check made, so that what fails is told and repeated. */
function randomChoice(principal: Principal, numbers: readonly number[]): Choice {
  let at = 0;
  const next = () => numbers[at++ % numbers.length] as number;
  const one = <T>(values: readonly T[]) => values[next() % values.length] as T;
  return {
    id: (kind, parent) => {
      const isOwn = next() % 2 === 0;
      const ids = idsOf(kind, isOwn ? principal : undefined, parent);
      return ids.length > 0 ? one(ids) : one(idsOf(kind));
    },
    maybe: (values) => (next() % 2 === 0 ? undefined : one(values)),
    words: () => (next() % 3 === 0 ? 'umbrella opens' : `umbrella ${one(world.secrets).key} ${one(world.secrets).key}`),
    namespace: () => one(world.places).namespace,
    cursor: () => (next() % 3 === 0 && cursors.length > 0 ? one(cursors) : undefined),
  };
}

/** His own, first and plain: what must be answered. */
const ownChoice = (principal: Principal): Choice => ({
  id: (kind, parent) => idsOf(kind, principal, parent)[0] ?? 'none',
  maybe: () => undefined,
  words: () => 'umbrella',
  namespace: () => 'default',
  cursor: () => undefined,
});

function idsOf(kind: IdKind, owner?: Principal, parent?: string): string[] {
  const fits = world.known.filter(
    (known) =>
      known.kind === kind &&
      (parent === undefined || known.parent === parent) &&
      (!owner || (known.tenantId === owner.tenantId && (known.userId ?? owner.userId) === owner.userId)),
  );
  return fits.map(({ id }) => id);
}

/** Without fast-check's liking for small ones, which would choose nothing and the first most of the time. */
const anyNumber = fc.noBias(fc.integer({ min: 0, max: 1_000_000 }));

const principalsOf = (role: Role) => world.principals.filter((principal) => principal.role === role);

it('plants a hundred scopes', () => {
  expect(world.places).toHaveLength(100);
  expect(new Set(world.places.map((place) => JSON.stringify(place))).size).toBe(100);
});

it('finds in each scope what was planted there, and nothing else', async () => {
  for (const place of world.places) {
    const principal = principalsOf('member').find(
      ({ tenantId, userId }) => tenantId === place.tenantId && userId === place.userId,
    ) as Principal;
    const where = place.isolated ? { sessionId: place.sessionId } : { namespace: place.namespace };
    const searched = (query: string) => ({
      ...{ method: 'POST', path: '/v1/memories/search', body: { query, limit: 200, ...where } },
    });
    const expected = world.secrets.filter(
      ({ home }) => home.place === place && mayShow(home, principal, searched('any')),
    );
    const request = searched(`umbrella ${expected.map(({ key }) => key).join(' ')}`);
    const { shown } = await read(principal, request);

    expect(leaksOf(shown, principal, request)).toEqual([]);
    expect(shown.filter(({ home }) => home.place === place)).toEqual(expect.arrayContaining(expected));
    expect(expected.length).toBeGreaterThanOrEqual(2);
  }
});

it('answers every read path to somebody who may read it', async () => {
  const failed: unknown[] = [];
  for (const [name, make] of reads) {
    const statuses: number[] = [];
    for (const role of ROLES) {
      const principal = principalsOf(role)[0] as Principal;
      const request = make(ownChoice(principal));
      const { status, shown } = await read(principal, request);
      statuses.push(status);
      expect(leaksOf(shown, principal, request)).toEqual([]);
    }
    const isAnswered = statuses.some((status) => status < 300);
    const isRefused = statuses.every((status) => status === 403 || status === 404);
    if (!isAnswered && !([...MAY_BE_MISSING, ...OF_THE_INSTALLATION].includes(name) && isRefused))
      failed.push([name, statuses]);
  }
  expect(failed).toEqual([]);
});

it('shows nothing of another scope on any read path, whatever is asked', async () => {
  let seen = 0;
  for (const [name, make] of reads) {
    for (const role of ROLES) {
      await fc.assert(
        fc.asyncProperty(anyNumber, fc.array(anyNumber, { minLength: 24, maxLength: 24 }), async (who, numbers) => {
          const principals = principalsOf(role);
          const principal = principals[who % principals.length] as Principal;
          const request = make(randomChoice(principal, numbers));
          const { status, shown } = await read(principal, request);
          seen += shown.length;
          expect({ name, leaks: leaksOf(shown, principal, request) }).toEqual({ name, leaks: [] });
          expect([name, status < 500]).toEqual([name, true]);
        }),
        { seed: SEED, numRuns: SEARCHES.includes(name) ? SEARCH_RUNS : RUNS, endOnFailure: true },
      );
    }
  }
  // A world that shows nothing leaks nothing either.
  expect(seen).toBeGreaterThan(500);
});

it('tells nothing of what was planted to the log', () => {
  expect(world.shown(memori.logLines.join('\n'))).toEqual([]);
});
