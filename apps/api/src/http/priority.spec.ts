import { isBackground } from './priority';

describe('isBackground', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['u=7', true],
    ['u=7, i', true],
    ['i, u=7', true],
    [' u = 7 ;x=1', true],
    ['u=3', false],
    ['u=0', false],
    ['u=77', false],
    ['u="7"', false],
    ['u=7, u=1', false],
    ['u=1, u=7', true],
    ['background', false],
  ])('reads %j as %s', (header, expected) => {
    expect(isBackground(header)).toBe(expected);
  });

  it('reads several headers as one', () => {
    expect(isBackground(['i', 'u=7'])).toBe(true);
  });
});
