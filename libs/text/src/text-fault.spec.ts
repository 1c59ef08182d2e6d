import { languageOf } from './language';
import { characterCount, textFault } from './text-fault';

describe('textFault', () => {
  it('names NUL characters and halves of surrogate pairs, and lets all else pass', () => {
    expect(textFault('a\0b')).toMatch(/NUL/);
    expect(textFault('a\ud83d')).toMatch(/surrogate/);
    expect(textFault('\ude00a')).toMatch(/surrogate/);
    expect(textFault('fine 😀 \u0001 \ufffd 活跃')).toBeUndefined();
  });
});

describe('characterCount', () => {
  it('counts code points', () => {
    expect(characterCount('a😀活')).toBe(3);
  });
});

describe('languageOf', () => {
  it.each([
    ['上个月的销售额 by city', 'zh'],
    ['売上はいくらですか', 'ja'],
    ['매출이 얼마인가요', 'ko'],
    ['Какая выручка?', 'ru'],
    ['How many orders from 北京?', undefined],
    ['', undefined],
  ])('reads %s as %s', (text, language) => {
    expect(languageOf(text)).toBe(language);
  });
});
