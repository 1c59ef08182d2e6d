import { parseCsv } from './csv';

describe('parseCsv', () => {
  it('reads quotes, commas and line ends inside of fields', () => {
    const text = 'a,b\r\n1,"x, ""y""\nz"\r\n,\r\n';

    expect(parseCsv(text)).toEqual([
      { a: '1', b: 'x, "y"\nz' },
      { a: '', b: '' },
    ]);
  });

  it('keeps what follows a closing quote', () => {
    expect(parseCsv('a,b\n"to be "in stock" or not",2')).toEqual([{ a: 'to be in stock" or not"', b: '2' }]);
  });

  it('reads a last line without an end', () => {
    expect(parseCsv('a,b\n1,2')).toEqual([{ a: '1', b: '2' }]);
  });
});
