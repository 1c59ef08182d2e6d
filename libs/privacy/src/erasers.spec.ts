import type { Eraser } from './eraser';
import { complaintsOf } from './erasers';

const anEraser = (holder: string, erases: string[], keeps: Record<string, string> = {}): Eraser => ({
  ...{ holder, erases, keeps },
  erase: () => Promise.resolve({}),
});

describe('the tables of erasers', () => {
  it('are all those that have a scope, each once', () => {
    const erasers = [anEraser('session', ['sessions', 'turns']), anEraser('budget', [], { journal: 'amounts' })];

    expect(complaintsOf(['journal', 'sessions', 'turns'], erasers)).toEqual([]);
  });

  it('miss one that nobody names', () => {
    expect(complaintsOf(['sessions', 'diary'], [anEraser('session', ['sessions'])])).toEqual([
      'Nobody says what becomes of memori.diary.',
    ]);
  });

  it('are not named twice, nor when they are not there', () => {
    const erasers = [anEraser('a', ['turns']), anEraser('b', [], { turns: 'stays', gone: 'stays' })];

    expect(complaintsOf(['turns'], erasers)).toEqual([
      'memori.turns is named by a and b.',
      'b names memori.gone, which has no scope.',
    ]);
  });
});
