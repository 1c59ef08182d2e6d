import * as fc from 'fast-check';
import { indexTokens, TRAIT, traitsOf, traitsWanted } from '@memori/text';
import { type RankingRequest, rankRecall } from './recall-ranking';
import type { RecallSignal } from './recall-signals';
import { RECALL_WEIGHTS } from './recall-weights';
import { type IndexedItem, ScopeIndex } from './scope-index';

const EPOCH = Date.parse('2024-01-15T00:00:00Z');
const terms = (text: string) => indexTokens(text).join(' ');

function aTurn(id: string, text: string, more: Partial<IndexedItem> = {}): IndexedItem {
  return { kind: 'turn', id, sessionId: 's', role: 'user', occurredAtMs: EPOCH, passages: [terms(text)], ...more };
}

function aFact(id: string, text: string, more: Partial<IndexedItem> = {}): IndexedItem {
  const fact = { kind: 'fact', id, sessionId: null, scope: 'user', category: 'fact', occurredAtMs: EPOCH } as const;
  return { ...fact, passages: [terms(text)], ...more };
}

function anIndex(...items: IndexedItem[]): ScopeIndex {
  const index = new ScopeIndex();
  items.forEach((item) => index.add(item));
  return index;
}

const rank = (query: string, index: ScopeIndex | ScopeIndex[], more: Partial<RankingRequest> = {}) =>
  rankRecall({ terms: indexTokens(query), indexes: [index].flat(), accepts: () => true, limit: 10, ...more });
const ids = (...args: Parameters<typeof rank>) => rank(...args).map(({ item }) => item.id);

describe('rankRecall', () => {
  it('prefers the rarer word', () => {
    const index = anIndex(
      aTurn('a', 'coffee prices', { sessionId: '1' }),
      aTurn('b', 'coffee for the walrus', { sessionId: '2' }),
      aTurn('c', 'coffee again', { sessionId: '3' }),
    );

    expect(ids('coffee walrus', index)[0]).toBe('b');
  });

  it('takes a silent neighbour of a find along, behind it', () => {
    const index = anIndex(
      aTurn('far', 'the penguin', { sessionId: 'x' }),
      aTurn('question', 'Where does the penguin live?'),
      aTurn('answer', 'In Basel'),
      aTurn('later', 'Goodbye'),
    );

    expect(ids('penguin', index).slice(0, 3)).toEqual(['far', 'question', 'answer']);
  });

  it('takes the answer of a question that fits before a turn that only speaks of it', () => {
    const saidBy = (speaker: string, id: string, text: string, sessionId: string) =>
      aTurn(id, text, { speaker, sessionId, traits: traitsOf(text) });
    const index = anIndex(
      saidBy('ada', 'asked', 'Where does the penguin live?', '1'),
      saidBy('bo', 'answer', 'Still in Basel', '1'),
      saidBy('ada', 'aside', 'The penguin is a penguin', '2'),
      saidBy('bo', 'after', 'Fine', '2'),
    );

    expect(ids('penguin live', index)[0]).toBe('answer');
  });

  it('looks rather for what was said than for what was asked', () => {
    const index = anIndex(
      aTurn('asked', 'the penguin swims', { speaker: 'ada', sessionId: '1', traits: TRAIT.asks | TRAIT.endsAsking }),
      aTurn('said', 'the penguin swims', { speaker: 'ada', sessionId: '2' }),
    );

    expect(ids('penguin', index)).toEqual(['said', 'asked']);
  });

  it.each([
    ['When did the penguin come?', 'dated'],
    ['How many penguins are there?', 'counted'],
    ['企鹅什么时候来的', 'dated'],
  ])('"%s" prefers the turn that is %s', (question, id) => {
    const index = anIndex(
      aTurn('plain', 'the penguin 企鹅', { sessionId: '1' }),
      aTurn('dated', 'the penguin 企鹅', { sessionId: '2', traits: TRAIT.dated }),
      aTurn('counted', 'the penguin 企鹅', { sessionId: '3', traits: TRAIT.counted }),
    );

    expect(ids(question, index, { wanted: traitsWanted(question) })[0]).toBe(id);
  });

  it('lifts a turn whose neighbours speak of the same', () => {
    const index = anIndex(
      aTurn('alone', 'the penguin swims', { sessionId: '1' }),
      aTurn('before', 'hello there again', { sessionId: '1' }),
      aTurn('one', 'the penguin dives', { sessionId: '2' }),
      aTurn('two', 'the penguin eats', { sessionId: '2' }),
    );

    expect(ids('penguin', index).indexOf('two')).toBeLessThan(ids('penguin', index).indexOf('alone'));
  });

  it('lifts what a named speaker said', () => {
    const index = anIndex(
      aTurn('her', 'painted a lake', { sessionId: '1', speaker: 'melani' }),
      aTurn('him', 'painted a lake', { sessionId: '2', speaker: 'carl smith' }),
    );

    expect(ids('What did Carl paint?', index)).toEqual(['him', 'her']);
  });

  it('weighs what people say above what an assistant says', () => {
    const index = anIndex(
      aTurn('assistant', 'budget of the trip', { sessionId: '1', role: 'assistant' }),
      aTurn('user', 'budget of the trip', { sessionId: '2' }),
    );

    expect(ids('trip budget', index)).toEqual(['user', 'assistant']);
  });

  it('takes what the assistant said as seriously as the rest when that is asked for', () => {
    const index = anIndex(
      aTurn('assistant', 'budget of the trip trip', { sessionId: '1', role: 'assistant' }),
      aTurn('user', 'budget of the trip and much else', { sessionId: '2' }),
    );
    const question = 'What did you recommend as trip budget?';

    expect(ids(question, index, { wanted: traitsWanted(question) })).toEqual(['assistant', 'user']);
  });

  it.each([
    ['When is my call?', ['new', 'old']],
    ['When was my call at first?', ['old', 'new']],
    ['我的电话会议现在是几点？', ['new', 'old']],
  ])('"%s" puts %j', (question, expected) => {
    const text = (id: string, content: string, at: number) =>
      aTurn(id, content, { occurredAtMs: EPOCH + at, sessionId: id, traits: traitsOf(content) });
    const index = anIndex(
      text('old', 'My call 电话会议 is at 3', 0),
      text('new', 'My call 电话会议 was rescheduled 改到 to 4, I am afraid, so I need another room', 1),
      text('other', 'The weather', 2),
    );

    expect(ids(question, index, { wanted: traitsWanted(question) })).toEqual(expected);
  });

  it.each([
    [
      'I secured 3 interviews for the role',
      'how do I use it that I secured 5 interviews',
      'interviews secured for the role?',
    ],
    [
      'The April 20 deadline of the draft',
      'a plan for the draft and a deadline of April 25, 2024',
      'deadline of the draft?',
    ],
    ['团队电话会议 3 点开', '电话会议 4 点开，我想准备一下', '团队电话会议几点？'],
  ])('puts what says "%s" again with another number first', (before, after, question) => {
    const text = (id: string, content: string, at: number) =>
      aTurn(id, content, { occurredAtMs: EPOCH + at, sessionId: 'one' });
    const index = anIndex(text('old', before, 0), text('new', after, 1), text('other', 'The weather', 2));
    expect(ids(question, index, { wanted: TRAIT.changed }).slice(0, 2)).toEqual(['new', 'old']);
    expect(ids(question, index).slice(0, 2)).toEqual(['old', 'new']);
    const turned = anIndex(text('old', before, 1), text('new', after, 0));
    expect(ids(question, turned, { wanted: TRAIT.changed })[0]).toBe('old');
  });

  it('does not take the same number for a replacement, nor a number of something else', () => {
    const text = (id: string, content: string, at: number) =>
      aTurn(id, content, { occurredAtMs: EPOCH + at, sessionId: id });
    const question = 'How many interviews have I secured for the role?';
    for (const later of ['5 jobs: secured interviews', 'I secured 3 interviews, and 8 cats', '5 interviews']) {
      const index = anIndex(text('old', 'I secured 3 interviews for the role', 0), text('new', later, 1));
      expect(ids(question, index, { wanted: TRAIT.changed })).toEqual(['old', 'new']);
    }
  });

  it('does not take the later words of people for a replacement', () => {
    const words = 'The call is now at 4, who would have thought so';
    const index = anIndex(
      aTurn('old', 'The call is at 3', { speaker: 'ada', sessionId: '1' }),
      aTurn('new', words, { speaker: 'ada', sessionId: '2', occurredAtMs: EPOCH + 1, traits: traitsOf(words) }),
    );

    expect(ids('When is the call?', index, { wanted: TRAIT.changed })).toEqual(['old', 'new']);
  });

  it('finds a turn by its date', () => {
    const index = anIndex(
      aTurn('may', 'we went hiking', { sessionId: '1', occurredAtMs: Date.parse('2023-05-08') }),
      aTurn('june', 'we went hiking', { sessionId: '2', occurredAtMs: Date.parse('2023-06-08') }),
    );

    expect(ids('hiking in June 2023', index)[0]).toBe('june');
  });

  it('finds a turn by the facts drawn from it, and the facts beside it', () => {
    const index = anIndex(
      aTurn('turn', 'It happened'),
      aFact('fact', 'Otto escaped', { sources: ['turn', 'unknown'] }),
    );

    expect(ids('otto', index).sort()).toEqual(['fact', 'turn']);
  });

  it('lets importance tilt between facts, not bring one in', () => {
    const index = anIndex(
      aFact('low', 'prefers tea', { importance: 0 }),
      aFact('high', 'prefers tea', { importance: 1 }),
      aFact('other', 'likes blue', { importance: 1 }),
    );

    expect(ids('tea', index)).toEqual(['high', 'low']);
  });

  it('finds by a character what a Chinese text calls by another word, below what has the word itself', () => {
    const index = anIndex(
      aTurn('other', '天气很好', { sessionId: '1' }),
      aTurn('alike', '磁盘满了', { sessionId: '2' }),
      aTurn('same', '硬盘坏了', { sessionId: '3' }),
    );
    expect(ids('硬盘空间', index)).toEqual(['same', 'alike']);
    expect(ids('硬盘空间', index, { weights: { ...RECALL_WEIGHTS, character: 0 } })).toEqual(['same']);
  });

  it('counts a word over all indexes together', () => {
    const user = anIndex(aTurn('a', 'revenue', { sessionId: '1' }), aTurn('b', 'revenue margin', { sessionId: '2' }));
    const tenant = anIndex(aFact('rule', 'margin excludes tax'));

    expect(ids('margin', [user, tenant]).sort()).toEqual(['b', 'rule']);
  });

  it('puts the later first between equals, then the smaller id', () => {
    const index = anIndex(
      aTurn('z', 'same', { sessionId: '1' }),
      aTurn('new', 'same', { sessionId: '2', occurredAtMs: EPOCH + 1 }),
      aTurn('a', 'same', { sessionId: '3' }),
    );

    expect(ids('same', index)).toEqual(['new', 'a', 'z']);
  });

  it('knows the best passage of a long turn', () => {
    const long = aTurn('long', '', { passages: [terms('weather'), terms('churn rate'), terms('weather again')] });

    expect(rank('churn', anIndex(long))[0]?.bestPassages[0]).toBe(1);
  });

  it('takes what a signal of the query brings, though it shares no word', () => {
    const index = anIndex(aTurn('near', 'Otto escaped'), aTurn('far', 'weather'), aFact('fact', 'a silent bird'));
    const near: RecallSignal = {
      name: 'vector',
      of: ['turn', 'fact'],
      how: 'added',
      part: (_, item) => (item.id === 'far' ? 0 : 0.5),
      candidates: () => [0, 2],
    };

    const found = rank('penguin', index, { signals: [near] });
    expect(found.map(({ item, signals }) => [item.id, signals['vector']])).toEqual([
      ['fact', 0.5],
      ['near', 0.5],
    ]);
  });

  it('finds nothing for nothing', () => {
    expect(rank('', anIndex(aTurn('a', 'x')))).toEqual([]);
    expect(rank('x', [])).toEqual([]);
    expect(rank('absent', anIndex(aTurn('a', 'x')))).toEqual([]);
  });

  it('gives the same first finds whatever the limit, and only what it may', () => {
    const word = fc.constantFrom('a1', 'b2', 'c3', 'd4', 'e5');
    const turn = fc.record({ text: fc.array(word, { maxLength: 6 }), session: fc.constantFrom('1', '2', '3') });
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 40 }),
        fc.array(word),
        fc.integer({ min: 1, max: 20 }),
        (turns, query, limit) => {
          const index = anIndex(
            ...turns.map(({ text, session }, at) => aTurn(`t${at}`, text.join(' '), { sessionId: session })),
          );
          const all = ids(query.join(' '), index, { limit: 1000 });
          expect(ids(query.join(' '), index, { limit })).toEqual(all.slice(0, limit));
          const even = rank(query.join(' '), index, { accepts: ({ id }) => Number(id.slice(1)) % 2 === 0 });
          expect(even.every(({ item }) => Number(item.id.slice(1)) % 2 === 0)).toBe(true);
        },
      ),
    );
  });
});
