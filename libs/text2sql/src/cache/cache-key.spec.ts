import type { RecallItem } from '@memori/memory';
import type { Principal } from '@memori/scope';
import type { Turn } from '@memori/session';
import type { GatheredMaterial } from '../context/context-builder';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import { EMPTY_EXCERPT } from '../glossary/glossary-book';
import { QuestionValues } from '../context/offered-values';
import { ValueIndex } from '../values/value-index';
import { cachePlace, type KeyParts } from './cache-key';

let noValues: ValueIndex;
beforeAll(async () => {
  noValues = await ValueIndex.build([]);
});

const ANN: Principal = { tenantId: 't', userId: 'ann', roles: ['member'], apiKeyId: null, actedBy: null };
const BOB: Principal = { ...ANN, userId: 'bob' };
const RULE: RecallItem = fact('r', 'Revenue is net.', 'tenant');
const OWN: RecallItem = fact('o', 'Ann looks after Paris.', 'user');
const TURN = { id: 'u', role: 'user', content: 'Orders of 2024?', questionId: 'q', sql: null } as Turn;

const FISCAL_YEAR = { id: 'g', kind: 'rule', definition: 'It begins in April.' } as GlossaryEntry;

function fact(id: string, content: string, scope: RecallItem['scope']): RecallItem {
  const common = { score: 1, sessionId: null, occurredAt: '2026-01-01T00:00:00Z' };
  return { ...common, kind: 'fact', id, content, scope, category: 'rule' };
}

function someCatalog(change: Partial<Catalog> = {}): Catalog {
  const column = { name: 'city', type: 'text', nullable: true, comment: null, samples: ['Paris'] };
  const table = { schema: 'public', name: 'customers', kind: 'table' as const, comment: null, primaryKey: [] };
  const tables = [{ ...table, columns: [column], foreignKeys: [], estimatedRows: 1 }];
  return { version: 'v1', schemas: ['public'], tables, functions: [], ...change };
}

interface Change extends Omit<Partial<KeyParts>, 'material' | 'dataSource'> {
  readonly material?: Partial<GatheredMaterial> & Record<string, unknown>;
  readonly dataSource?: Partial<DataSourceRecord>;
}

function place({ material = {}, dataSource = {}, ...change }: Change = {}) {
  const gathered = {
    ...{ catalog: someCatalog(), dataSource: { name: 'shop', description: null }, question: '', now: new Date(0) },
    ...{ timeZone: 'UTC', language: undefined, history: [], recalled: [], examples: [], wholeBook: [] },
    ...{
      repliedTo: undefined,
      bookVersion: '1',
      isolated: false,
      values: new QuestionValues(noValues, ''),
      glossary: EMPTY_EXCERPT,
      ...material,
    },
  } satisfies GatheredMaterial;
  const record = {
    id: 'd',
    name: 'shop',
    description: null,
    connectionRevision: 1,
    schemas: ['public'],
    ...dataSource,
  };
  return cachePlace({
    ...{
      principal: ANN,
      sessionId: 's1',
      question: 'How many customers?',
      pinnedModel: undefined,
      language: undefined,
    },
    ...{ promptVersion: 'p1', dataSource: record as DataSourceRecord, material: gathered },
    ...{ counted: { history: gathered.history, recalled: gathered.recalled } },
    ...change,
  });
}

/** Whether what `first` stores is found by `second`. */
function serves(first: ReturnType<typeof place>, second: ReturnType<typeof place>): boolean {
  return second.lookUp.some((key) => key.equals(first.store.key));
}

describe('a stored answer is served', () => {
  it('to everybody of the tenant with the same rights, when nothing of one user stood in its prompt', () => {
    expect(serves(place(), place())).toBe(true);
    expect(serves(place(), place({ principal: BOB, sessionId: 's2', question: 'how many customers please' }))).toBe(
      true,
    );
    const [first, second] = [RULE, RULE].map((rule) => place({ material: { recalled: [rule] } }));
    expect(serves(first as never, second as never)).toBe(true);
  });

  it('within a day, whatever the hour', () => {
    expect(serves(place(), place({ material: { now: new Date(3_600_000) } }))).toBe(true);
  });

  it('to its own user alone, when his memories stood in it', () => {
    const stored = place({ material: { recalled: [OWN] } });

    expect(stored.store.binding).toBe('user');
    expect(serves(stored, place({ sessionId: 's2', material: { recalled: [OWN] } }))).toBe(true);
    expect(serves(stored, place({ principal: BOB, material: { recalled: [OWN] } }))).toBe(false);
    expect(serves(stored, place())).toBe(false);
    expect(serves(place(), place({ material: { recalled: [OWN] } }))).toBe(false);
  });

  it('in its own session alone, when its history stood in it', () => {
    const stored = place({ material: { history: [TURN] } });

    expect(stored.store.binding).toBe('session');
    expect(serves(stored, place({ material: { history: [TURN] } }))).toBe(true);
    expect(serves(stored, place({ sessionId: 's2', material: { history: [TURN] } }))).toBe(false);
    expect(serves(stored, place())).toBe(false);
    expect(serves(place(), place({ material: { history: [TURN] } }))).toBe(false);
  });

  it('to its own user alone, when what stood in it does not count for the meaning', () => {
    const nothing = { history: [], recalled: [] };
    const repeated = place({ material: { recalled: [{ ...OWN, kind: 'turn' }] }, counted: nothing });

    expect(repeated.store.binding).toBe('user');
    expect(serves(place(), repeated)).toBe(true);
    expect(serves(repeated, place())).toBe(true);
    expect(serves(repeated, place({ principal: BOB }))).toBe(false);
  });

  it('never out of a session that is closed off, nor into it', () => {
    const closed = place({ material: { isolated: true } });

    expect(closed.store.binding).toBe('session');
    expect(serves(closed, place({ material: { isolated: true } }))).toBe(true);
    expect(serves(closed, place())).toBe(false);
    expect(serves(place(), closed)).toBe(false);
  });
});

describe('a stored answer is not served', () => {
  it.each<[string, Change]>([
    ['another question', { question: 'How many customers are not there?' }],
    ['another tenant', { principal: { ...ANN, tenantId: 'other' } }],
    ['other rights', { principal: { ...ANN, roles: ['curator'] } }],
    ['another data source', { dataSource: { id: 'e' } }],
    ['the data source at another address', { dataSource: { connectionRevision: 2 } }],
    ['another description of the data source', { dataSource: { description: 'Amounts are in cents.' } }],
    ['another version of the schema', { material: { catalog: someCatalog({ version: 'v2' }) } }],
    ['other verified queries', { material: { bookVersion: '2' } }],
    ['another rule of the tenant', { material: { recalled: [RULE] } }],
    ['another language', { language: 'de' }],
    ['another time zone', { material: { timeZone: 'Asia/Shanghai' } }],
    ['another model', { pinnedModel: 'claude-opus-5-5' }],
    ['another prompt', { promptVersion: 'p2' }],
    ['whatever else is put into a prompt one day', { material: { weather: 'mild' } }],
    ['another glossary', { material: { glossary: { rules: [FISCAL_YEAR], words: [] } } }],
  ])('to %s', (_, change) => {
    expect(serves(place(), place(change))).toBe(false);
  });

  it('after its values were sampled anew and are others', () => {
    const catalog = someCatalog();
    const [table] = catalog.tables;
    const columns = table!.columns.map((column) => ({ ...column, samples: ['London'] }));

    expect(serves(place(), place({ material: { catalog: someCatalog({ tables: [{ ...table!, columns }] }) } }))).toBe(
      false,
    );
    const grown = someCatalog({ tables: [{ ...table!, estimatedRows: 1_000 }] });
    expect(serves(place(), place({ material: { catalog: grown } }))).toBe(true);
  });
});
