import { isReadable, type Reader } from './recall-rules';
import type { IndexedItem } from './scope-index';

const NOW = Date.parse('2024-06-01');
const aReader = (more: Partial<Reader> = {}): Reader => ({
  tenantId: 't',
  userId: 'u',
  namespace: 'default',
  isolated: false,
  sessionId: 's1',
  atMs: NOW,
  ...more,
});
const aFact = (more: Partial<IndexedItem> = {}): IndexedItem => ({
  kind: 'fact',
  id: 'f',
  sessionId: null,
  scope: 'user',
  namespace: 'default',
  category: 'fact',
  occurredAtMs: NOW - 1000,
  passages: [''],
  ...more,
});
const aTurn = (more: Partial<IndexedItem> = {}): IndexedItem => ({
  ...aFact(),
  kind: 'turn',
  sessionId: 's1',
  ...more,
});

describe('isReadable', () => {
  it.each<[string, IndexedItem, Partial<Reader>, boolean]>([
    ['a fact of the namespace', aFact(), {}, true],
    ['a fact of another namespace', aFact({ namespace: 'other' }), {}, false],
    ['a fact of the tenant for every namespace', aFact({ scope: 'tenant', namespace: null }), {}, true],
    ['a memory of this session', aFact({ scope: 'session', sessionId: 's1' }), {}, true],
    ['a memory of another session', aFact({ scope: 'session', sessionId: 's2' }), {}, false],
    [
      'a memory of a session, seen from none',
      aFact({ scope: 'session', sessionId: 's2' }),
      { sessionId: undefined },
      false,
    ],
    ['a fact that begins later', aFact({ validFromMs: NOW + 1 }), {}, false],
    ['a fact that began', aFact({ validFromMs: NOW }), {}, true],
    ['a fact that ended', aFact({ validToMs: NOW }), {}, false],
    ['a fact that ends later', aFact({ validToMs: NOW + 1 }), {}, true],
    ['what was learnt after the moment asked for', aFact({ occurredAtMs: NOW + 1 }), { onlyKnownThen: true }, false],
    ['a turn of another session', aTurn({ sessionId: 's2' }), {}, true],
    [
      'a turn of another session, from a session that looks at itself',
      aTurn({ sessionId: 's2' }),
      { onlyOwnTurns: true },
      false,
    ],
    ['a turn of its own, from a session that looks at itself', aTurn(), { onlyOwnTurns: true }, true],
  ])('%s', (_, item, reader, expected) => {
    expect(isReadable(item, aReader(reader))).toBe(expected);
  });
});
