import { indexTokens } from '@memori/text';
import { rankRecall } from './recall-ranking';
import { ScopeIndex } from './scope-index';
import { questionTime } from './time-frames';

const NOW = Date.parse('2025-06-15T12:00:00Z');

function anIndex(...turns: (readonly [day: string, text: string])[]): ScopeIndex {
  const index = new ScopeIndex();
  turns.forEach(([day, text]) =>
    index.add({
      kind: 'turn',
      id: day,
      sessionId: day,
      role: 'user',
      occurredAtMs: Date.parse(day),
      passages: [indexTokens(text).join(' ')],
    }),
  );
  return index;
}

function rank(question: string, index: ScopeIndex) {
  const time = questionTime(question, NOW, 'UTC');
  return rankRecall({ terms: indexTokens(question), time, indexes: [index], accepts: () => true, limit: 3 });
}

describe('the time that a question names', () => {
  it.each([
    ['What did we plan for the budget last month?', '2025-05-10'],
    ['What did we plan for the budget in March?', '2025-03-10'],
    ['上个月我们的预算 budget 计划是什么？', '2025-05-10'],
  ])('"%s" prefers what was said then', (question, day) => {
    const text = 'the budget we plan 预算计划';
    const index = anIndex(['2025-03-10', text], ['2025-05-10', text], ['2025-06-10', text]);

    expect(rank(question, index)[0]?.item.id).toBe(day);
  });

  it.each([
    ['What was the rent before we moved to Basel?', '2025-01-10'],
    ['What was the rent after we moved to Basel?', '2025-05-10'],
    ['搬到杭州之前房租 rent 是多少？', '2025-01-10'],
    ['搬到杭州之后房租 rent 是多少？', '2025-05-10'],
  ])('"%s" looks on that side of the event', (question, day) => {
    const index = anIndex(
      ['2025-01-10', 'the rent 房租'],
      ['2025-03-01', 'yesterday moved to Basel 昨天搬到杭州'],
      ['2025-05-10', 'the rent 房租'],
    );

    const told = rank(question, index).filter(({ item }) => item.id !== '2025-03-01');
    expect(told[0]?.item.id).toBe(day);
    expect(told.map(({ signals }) => (signals['time'] ?? 0) > 1)).toEqual([true, false]);
  });

  it.each([
    ['What did we say yesterday?', 'Asia/Shanghai', '2025-06-14T16:00:00Z', '2025-06-15T16:00:00Z'],
    ['昨天我们说了什么？', 'Asia/Shanghai', '2025-06-14T16:00:00Z', '2025-06-15T16:00:00Z'],
    ['What did we say yesterday?', 'America/Los_Angeles', '2025-06-14T07:00:00Z', '2025-06-15T07:00:00Z'],
    ['What did we say on 2025-03-30?', 'Europe/Berlin', '2025-03-29T23:00:00Z', '2025-03-30T22:00:00Z'],
  ])('"%s" is read in %s', (question, timeZone, from, to) => {
    // In Shanghai it is the 16th already.
    const evening = Date.parse('2025-06-15T20:00:00Z');
    const { frames } = questionTime(question, evening, timeZone);
    expect(frames).toEqual([{ fromMs: Date.parse(from), toMs: Date.parse(to) }]);
  });

  it('is no event where only an amount of time stands before', () => {
    expect(questionTime('三天之前的订单', NOW, 'UTC').anchors).toEqual([]);
    expect(questionTime('What is the rent?', NOW, 'UTC')).toEqual({ frames: [], anchors: [] });
  });
});
