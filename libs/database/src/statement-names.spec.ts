import { StatementNames } from './statement-names';

describe('StatementNames', () => {
  it('gives a text the same name every time, and another text another', () => {
    const names = new StatementNames();

    expect(names.nameOf('SELECT 1')).toBe(names.nameOf('SELECT 1'));
    expect(names.nameOf('SELECT 2')).not.toBe(names.nameOf('SELECT 1'));
  });

  it('stays within the 63 bytes of a name', () => {
    expect(new StatementNames().nameOf('x'.repeat(10_000))?.length).toBeLessThan(64);
  });

  it('names no more texts than a server should keep', () => {
    const names = new StatementNames();
    const given = Array.from({ length: 400 }, (_, i) => names.nameOf(`SELECT ${i}`));

    expect(given.filter((name) => name !== undefined)).toHaveLength(300);
    expect(names.nameOf('SELECT 7')).toBe(given[7]);
  });
});
