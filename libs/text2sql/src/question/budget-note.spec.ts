import { budgetNote } from './budget-note';

const note = (question: string, language?: string) => budgetNote(question, language, 'claude-haiku-5-5', 'user/day');

describe('budgetNote', () => {
  it.each([
    ['How many?', undefined, 'Little of the budget (user/day) is left'],
    ['有多少客户？', undefined, '预算（user/day）所剩不多'],
    ['How many?', 'zh-CN', '预算（user/day）所剩不多'],
    ['How many?', 'zh-TW', '預算（user/day）所剩不多'],
    ['有多少客户？', 'en', 'Little of the budget'],
    ['How many?', 'de-AT', 'Vom Budget (user/day)'],
    ['How many?', 'sw', 'Little of the budget'],
  ])('speaks the language of the answer: %s in %s', (question, language, words) => {
    expect(note(question, language)).toContain(words);
    expect(note(question, language)).toContain('claude-haiku-5-5');
  });
});
