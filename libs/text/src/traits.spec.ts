import { TRAIT, traitsOf, traitsWanted } from './traits';

const names = (traits: number) =>
  Object.entries(TRAIT)
    .filter(([, bit]) => traits & bit)
    .map(([name]) => name);

describe('traitsOf', () => {
  it.each([
    ['Have you been there?', ['asks', 'endsAsking']],
    ['Really? I like it.', ['asks']],
    ['Any news? 😀', ['asks', 'endsAsking']],
    ['I went there yesterday.', ['dated']],
    ['We married in 2019', ['dated', 'counted']],
    ['He has three children.', ['counted']],
    ['你去过吗', ['asks', 'endsAsking']],
    ['你去过上海吗？', ['asks', 'endsAsking']],
    ['我上周去了北京', ['dated']],
    ['我们三月五日见面', ['dated']],
    ['家里有两只猫', ['counted']],
    ['那是个好地方。', []],
    ['Nice place.', []],
    ['', []],
  ])('%s', (text, expected) => {
    expect(names(traitsOf(text))).toEqual(expected);
  });

  it('reads a long text at both ends', () => {
    expect(names(traitsOf(`${'x '.repeat(50_000)}ok?`))).toEqual(['asks', 'endsAsking']);
    expect(names(traitsOf(`yesterday ${'x '.repeat(50_000)}`))).toEqual(['dated']);
  });
});

describe('traitsWanted', () => {
  it.each([
    ['When did they meet?', ['dated']],
    ['How long have they been married?', ['dated', 'counted', 'changed']],
    ['How many cats has she?', ['counted', 'changed']],
    ['他们什么时候见面', ['dated']],
    ['她有几只猫', ['counted']],
    ['What does she like?', ['changed']],
    ['What did she like at first?', []],
    ['我的电话会议现在是几点', ['changed']],
    ['What did you recommend?', ['advised']],
  ])('%s', (question, expected) => {
    expect(names(traitsWanted(question))).toEqual(expected);
  });
});
