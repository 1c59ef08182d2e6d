import { isHanCharacter, nameTokens } from './name-tokens';

describe('nameTokens', () => {
  it.each([
    ['哪些学生', ['学', '生', '学生']],
    ['学生的老师', ['学', '生', '学生', '老', '师', '老师']],
    ['三千个零件', ['零', '件', '零件']],
    // 过 alone holds a sentence together; in 过敏 it is part of what is said.
    ['对食物过敏', ['食', '物', '过', '敏', '食物', '物过', '过敏']],
    ['售票员', ['售', '票', '员', '售票', '票员', '售票员']],
    ['卡车（Trucks）', ['truck', '卡', '车', '卡车']],
    ['哪些', []],
  ])('cuts %s', (text, tokens) => {
    expect(nameTokens(text)).toEqual(tokens);
  });

  it('leaves other scripts to the tokens of the index', () => {
    expect(nameTokens('order_items by Zürich')).toEqual(['order_items', 'order', 'item', 'zurich']);
    expect(nameTokens('주문')).toEqual(['주문']);
  });

  it('knows a single character', () => {
    expect(['教', '教师', 'a'].map(isHanCharacter)).toEqual([true, false, false]);
  });
});
