import type { MemoryConversation, SaidTurn } from './memory-case';
import { PlainRetriever, plainTokens } from './plain-retriever';

function conversation(...turns: Omit<SaidTurn, 'role'>[]): MemoryConversation {
  const sessions = [turns.map((turn) => ({ role: 'user' as const, ...turn }))];
  return { id: 'c', form: 'lines', sessions, observations: [], questions: [] };
}

describe('plainTokens', () => {
  it('are words in lower case and pairs of Chinese characters', () => {
    expect(plainTokens('用 PostgreSQL 18，搬到杭州')).toEqual(['用', 'postgresql', '18', '搬到', '到杭', '杭州']);
  });
});

describe('PlainRetriever', () => {
  it('ranks by shared pairs, the rarer the better, and leaves out what shares none', () => {
    const retriever = new PlainRetriever(
      conversation(
        { id: '1', content: '今天天气不错' },
        { id: '2', content: '今天我搬到杭州了' },
        { id: '3', content: '好的' },
      ),
    );
    expect(retriever.ranked('今天谁搬到杭州？')).toEqual(['2', '1']);
  });

  it('prefers the shorter of two turns that share the same, and knows who spoke', () => {
    const retriever = new PlainRetriever(
      conversation(
        { id: '1', name: 'Bo', content: 'coffee and a long walk along the river every day' },
        { id: '2', name: 'Ada', content: 'coffee please' },
      ),
    );
    expect(retriever.ranked('Coffee?')).toEqual(['2', '1']);
    expect(retriever.ranked('What did Bo like, coffee?')).toEqual(['1', '2']);
  });
});
