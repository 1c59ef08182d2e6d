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
    ['has no car', true],
    ['is due no later than Friday', false],
    ['see no. 5', false],
    ["can't swim", true],
    ['stopped smoking', true],
    ['从来没去过', true],
    ['已经戒烟了', true],
    ['好きではない', true],
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
    ['contradicts', user('User has a car.', 'has a car'), user('User has no car.', 'has no car')],
    ['contradicts', user('User has a car.', 'has a car'), user('User has no car any more.', 'has no car')],
    ['contradicts', user('User wants charts.', 'wants charts'), user('User wants no charts.', 'wants no charts')],
    ['contradicts', user('User drinks tea.', 'drinks tea'), user('User stopped drinking tea.', 'stopped drinking tea')],
    ['contradicts', user('User can swim.', 'can swim'), user('User can’t swim.', 'can’t swim')],
    [
      'contradicts',
      user('Works with a boss.', 'works with a boss'),
      user('Works without a boss.', 'works without a boss'),
    ],
    ['contradicts', keyed('用户喜欢咖啡', '用户', '喜欢咖啡'), keyed('用户不再喜欢咖啡', '用户', '不再喜欢咖啡')],
    ['contradicts', keyed('用户抽烟', '用户', '抽烟'), keyed('用户已经不抽烟了。', '用户', '不抽烟')],
    ['contradicts', keyed('用户喝酒', '用户', '喝酒'), keyed('用户戒酒了。', '用户', '戒酒')],
    ['contradicts', keyed('用户是管理员', '用户', '是管理员'), keyed('用户并不是管理员', '用户', '并不是管理员')],
    [
      'contradicts',
      keyed('彼は肉が好きです', '彼', '肉が好き'),
      keyed('彼は肉が好きではない', '彼', '肉が好きではない'),
    ],
  ] as const)('%s: %j, %j', (relation, left, right) => {
    expect([relationOf(left, right), relationOf(right, left)]).toEqual([relation, relation]);
  });

  it('never share a key where one denies what the other says', () => {
    const [likes, denies] = [keyed('用户喜欢香菜', '用户', '喜欢'), keyed('用户不喜欢香菜', '用户', '不喜欢')];

    expect([likes.key, likes.negated]).not.toEqual([denies.key, denies.negated]);
    expect(likes.fingerprint).not.toBe(denies.fingerprint);
  });
});
