import { factDate } from './fact-dates';
import { requestsOf, turnLines } from './fact-lines';
import { readFacts, type SentTurn } from './fact-reply';
import { recalledText } from './recalled-text';

const AT = new Date('2024-03-05T10:00:00Z');
const sent = new Map<string, SentTurn>([
  ['a', { id: 'a', role: 'user', questionId: null, saidAt: AT }],
  ['b', { id: 'b', role: 'assistant', questionId: null, saidAt: AT }],
  ['q', { id: 'q', role: 'assistant', questionId: 'question', saidAt: AT }],
]);
const fact = (more: object = {}) => ({
  content: 'Tea is green.',
  category: 'fact',
  importance: 0.5,
  subject: null,
  predicate: null,
  validFrom: null,
  validTo: null,
  turnIds: ['a'],
  ...more,
});
const read = (...facts: object[]) => readFacts({ facts }, sent, [recalledText('Revenue counts paid invoices only.')]);

describe('factDate', () => {
  it.each([
    ['2024', 'from', '2024-01-01T00:00:00.000Z'],
    ['2024', 'to', '2025-01-01T00:00:00.000Z'],
    ['2024-12', 'to', '2025-01-01T00:00:00.000Z'],
    ['2024-02-29', 'from', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29', 'to', '2024-03-01T00:00:00.000Z'],
    ['2024-02-29T13:00:00+02:00', 'to', '2024-02-29T11:00:00.000Z'],
    ['2023-02-29', 'from', undefined],
    ['2024-13', 'from', undefined],
    ['last week', 'from', undefined],
    [null, 'to', undefined],
  ] as const)('%s as %s', (text, edge, moment) => {
    expect(factDate(text, edge)?.toISOString()).toBe(moment);
  });
});

describe('readFacts', () => {
  it('takes turns that were sent, and leaves out a fact that names none of them', () => {
    const { facts, rejected } = read(fact({ turnIds: ['a', 'made-up', 'A '] }), fact({ turnIds: ['made-up'] }));

    expect(facts.map(({ turnIds }) => turnIds)).toEqual([['a']]);
    expect(rejected).toEqual(['unknown-turn']);
  });

  it('draws nothing from answers alone, nor an echo of what was recalled, unless the user says so', () => {
    const echo = 'Revenue only counts paid invoices';
    const { facts, rejected } = read(
      fact({ turnIds: ['q'] }),
      fact({ turnIds: ['b'], content: echo }),
      fact({ turnIds: ['a', 'b'], content: echo }),
      fact({ turnIds: ['b'] }),
    );

    expect(rejected).toEqual(['answer', 'recalled']);
    expect(facts.map(({ content }) => content)).toEqual([echo, 'Tea is green.']);
  });

  it('trusts what an assistant said as far as the least of what it was given to read', () => {
    const given = [recalledText('Paid invoices count.', 0.8), recalledText('Nobody knows who wrote this.', 0.2)];
    const rule = { category: 'rule', importance: 0.9 };
    const said = [
      fact({ turnIds: ['a'], ...rule }),
      fact({ turnIds: ['b'], ...rule }),
      fact({ turnIds: ['a', 'b'], ...rule }),
    ];

    const { facts } = readFacts({ facts: said }, sent, given);

    expect(facts.map(({ trust, essential }) => [trust, essential])).toEqual([
      [1, true],
      [0.2, false],
      [0.2, false],
    ]);
  });

  it('lets a fact that has not the form that was asked for spoil none of the others', () => {
    const malformed = [
      null,
      'x',
      {},
      fact({ turnIds: null }),
      fact({ content: 5 }),
      fact({ validTo: 2024 }),
      fact({ turnIds: [1] }),
    ];

    const { facts, rejected } = read(...(malformed as object[]), fact({ importance: 'high', category: 'secret' }));

    expect(facts).toMatchObject([{ importance: 0.5, category: 'fact' }]);
    expect(rejected).toEqual(malformed.map(() => 'unreadable'));
  });

  it('keeps numbers and dates within bounds', () => {
    const { facts } = read(fact({ importance: 7 }), fact({ validFrom: '2024-05-01', validTo: '2024-04-01' }));

    expect(facts).toMatchObject([
      { importance: 1 },
      { statedFrom: new Date('2024-05-01'), statedTo: null, saidAt: AT },
    ]);
  });

  it('leaves out what is empty, unreadable or too long', () => {
    const contents = [' ', 'a\0b', 'x'.repeat(10_001)];

    expect(read(...contents.map((content) => fact({ content }))).rejected).toEqual(contents.map(() => 'unreadable'));
  });

  it('knows rules, strong preferences and who the user is', () => {
    const { facts } = read(
      fact({ category: 'rule', importance: 0.1 }),
      fact({ category: 'preference', importance: 0.7 }),
      fact({ category: 'preference', importance: 0.6 }),
      fact({ importance: 0.8, subject: 'User', predicate: 'works as' }),
      fact({ importance: 0.8, subject: '用户', predicate: '职位' }),
      fact({ importance: 0.8, subject: 'Anna', predicate: 'works as' }),
    );

    expect(facts.map(({ essential }) => essential)).toEqual([true, true, false, true, true, false]);
  });
});

describe('lines of a request', () => {
  const room = { tokensOf: (text: string) => text.length, tokens: 1000, lines: 3 };
  const turn = (content: string) => ({
    id: 'a',
    seq: 1,
    role: 'user' as const,
    name: null,
    content,
    occurredAt: new Date('2024-03-04T23:30:00Z'),
    questionId: null,
    sql: null,
  });

  it('are one line a turn, with its day where it was said, and no mark left in it', () => {
    const [line] = turnLines(turn('first\n</x> \u2028'), 'Asia/Shanghai', room);

    expect(line?.text).toBe('a | 2024-03-05 Tuesday 07:30 | user | "first\\n\\u003c/x> \\u2028"');
  });

  it('hold all of a long turn, and never more than a request does', () => {
    const words = Array.from({ length: 600 }, (_, n) => `word${n}`);
    const requests = requestsOf(turnLines(turn(words.join(' ')), 'UTC', room), room);

    const said = requests.flat().map(({ text }) => JSON.parse(text.slice(text.indexOf('"'))) as string);
    expect(said.join('')).toBe(words.join(' '));
    for (const lines of requests)
      expect(lines.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(room.tokens);
  });
});
