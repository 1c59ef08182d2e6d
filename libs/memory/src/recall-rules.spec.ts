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

const THEN: Partial<Reader> = { onlyKnownThen: true, keptSinceMs: NOW - 1000 };
const BEFORE_ALL: Partial<Reader> = { onlyKnownThen: true, keptSinceMs: NOW + 1 };

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
    ['a turn said after the moment asked for', aTurn({ occurredAtMs: NOW + 1 }), THEN, false],
    ['a turn said until then', aTurn({ occurredAtMs: NOW }), THEN, true],
    ['what was said later of what held then', aFact({ saidAtMs: NOW + 1, validFromMs: 0 }), THEN, false],
    ['what had been said of what was still to come', aFact({ saidAtMs: 0, validFromMs: NOW + 1 }), THEN, false],
    ['what had been said and held', aFact({ saidAtMs: NOW, validFromMs: 0 }), THEN, true],
    ['what was said then, and written down later', aFact({ saidAtMs: 0, recordedAtMs: NOW + 1 }), THEN, true],
    ['what was written down later', aFact({ recordedAtMs: NOW + 1, validFromMs: 0 }), THEN, false],
    [
      'the same of a time before anything was written down',
      aFact({ recordedAtMs: NOW + 2, validFromMs: 0 }),
      BEFORE_ALL,
      true,
    ],
    ['what nobody said to have held so early', aFact({ recordedAtMs: NOW + 2 }), BEFORE_ALL, false],
    ['what was said later, of such a time', aFact({ saidAtMs: NOW + 2, recordedAtMs: NOW + 2 }), BEFORE_ALL, false],
    ['a fact whose end was said later', aFact({ validToMs: NOW - 1, endKnownAtMs: NOW + 1, saidAtMs: 0 }), THEN, true],
    ['a fact whose end had been said', aFact({ validToMs: NOW - 1, endKnownAtMs: NOW, saidAtMs: 0 }), THEN, false],
    [
      'a fact that had ended by itself before somebody ended it',
      aFact({ validToMs: NOW - 2, statedToMs: NOW - 1, endKnownAtMs: NOW + 1, saidAtMs: 0 }),
      THEN,
      false,
    ],
    ['a fact that another one ended, now', aFact({ validToMs: NOW - 1, endKnownAtMs: NOW + 1 }), {}, false],
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
