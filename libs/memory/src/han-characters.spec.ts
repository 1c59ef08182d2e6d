import { indexTokens } from '@memori/text';
import { hanCharacters } from './han-characters';

describe('hanCharacters', () => {
  it.each([
    ['硬盘满了', ['·硬', '·盘', '·满']],
    ['我的雨伞和雨衣', ['·雨', '·伞', '·衣']],
    ['ok 12 disk', []],
    ['ディスク', []],
  ])('%s', (text, expected) => {
    expect(hanCharacters(indexTokens(text))).toEqual(expected);
  });
});
