import { factKey } from './fact-key';
import { withoutNegation } from './negation';
import { relationOf } from './relation';

const keyed = (content: string, subject: string | null = null, predicate: string | null = null) => {
  const statement = { content, subject, predicate };
  return { ...statement, ...factKey(statement) };
};

describe('withoutNegation', () => {
  it.each([
    ['does not like tea', true],
    ["doesn't like tea", true],
    ['dislikes tea', true],
    ['does not dislike tea', false],
    ['likes tea', false],
    ['not only tea', false],
    ['不喜欢香菜', true],
    ['讨厌香菜', true],
    ['不讨厌香菜', false],
    ['非常喜欢', false],
    ['不错的报表', false],
    ['没有预算', true],
    ['mag keinen Tee', true],
  ])('%s: %s', (text, negated) => {
    expect(withoutNegation(text).negated).toBe(negated);
  });
});

describe('two facts', () => {
  const user = (content: string, predicate: string) => keyed(content, 'user', predicate);

  it.each([
    ['same', user('User lives in Berlin.', 'lives in'), keyed('The user now lives in Berlin', 'User', 'live in')],
    ['contradicts', user('User lives in Berlin.', 'lives in'), user('User lives in Munich.', 'lives in')],
    ['contradicts', user('User likes tea.', 'likes'), user('User does not like tea.', 'does not like')],
    ['contradicts', user('User likes tea.', 'likes'), user('User dislikes tea.', 'dislikes')],
    ['unrelated', user('User likes tea.', 'likes'), user('User likes coffee.', 'likes')],
    ['unrelated', user('User likes tea.', 'likes'), user('User dislikes coffee.', 'dislikes')],
    ['contradicts', user('Prefers amounts in EUR', 'prefers'), user('Prefers amounts in USD', 'prefers')],
    ['unrelated', user('Prefers amounts in EUR', 'prefers'), user('Prefers bar charts', 'prefers')],
    [
      'contradicts',
      keyed('The budget is 5 million.', 'budget', 'is'),
      keyed('Budget is 6 million', 'the budget', 'is'),
    ],
    ['unrelated', keyed('Anna is tall.', 'Anna', 'is'), keyed('Anna is 34 years old.', 'Anna', 'is')],
    [
      'contradicts',
      keyed('Active means not cancelled.', 'active', 'means'),
      keyed('Active means cancelled.', 'active', 'means'),
    ],
    [
      'contradicts',
      keyed('Active means ordered within 90 days.', 'active', 'means'),
      keyed('Active means ordered within 30 days.', 'active', 'means'),
    ],
    ['unrelated', user('Always show EUR', 'said'), user('Use the table orders', 'said')],
    ['unrelated', keyed('Tea is served at four.'), keyed('Tea is served at five.')],
    ['same', keyed('Tea is served at four.'), keyed('tea is served, at four')],
    ['contradicts', keyed('用户喜欢香菜', '用户', '喜欢'), keyed('用户不喜欢香菜', '用户', '不喜欢')],
    ['contradicts', keyed('用户喜欢香菜', '用户', '喜欢'), keyed('用户不喜欢香菜', '用户', '喜欢')],
    ['unrelated', keyed('用户喜欢香菜', '用户', '喜欢'), keyed('用户喜欢咖啡', '用户', '喜欢')],
    ['contradicts', keyed('用户住在北京', '用户', '住在'), keyed('用户住在上海', '用户', '住在')],
    ['same', keyed('用户住在北京', '用户', '居住城市'), keyed('用户现在住在北京', '我', '居住城市')],
  ] as const)('%s: %j, %j', (relation, left, right) => {
    expect([relationOf(left, right), relationOf(right, left)]).toEqual([relation, relation]);
  });

  it('never share a key where one denies what the other says', () => {
    const [likes, denies] = [keyed('用户喜欢香菜', '用户', '喜欢'), keyed('用户不喜欢香菜', '用户', '不喜欢')];

    expect([likes.key, likes.negated]).not.toEqual([denies.key, denies.negated]);
    expect(likes.fingerprint).not.toBe(denies.fingerprint);
  });
});
