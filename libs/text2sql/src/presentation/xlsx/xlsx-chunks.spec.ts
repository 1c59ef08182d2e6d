import { strFromU8, unzipSync } from 'fflate';
import { xlsxChunks } from './xlsx-chunks';

const columns = [
  { name: 'n', type: 'integer' },
  { name: '=name', type: 'text' },
];

describe('a workbook', () => {
  it('holds a header and the rows, in parts that hang together', () => {
    const parts = unzipSync(Buffer.concat([...xlsxChunks({ columns, rows: ['[1,"Ada"]', '[null,"张伟"]'] })]));
    const sheet = strFromU8(parts['xl/worksheets/sheet1.xml'] ?? new Uint8Array());

    expect(Object.keys(parts).sort()).toEqual([
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ]);
    expect(sheet.match(/<row .*?<\/row>/g)).toHaveLength(3);
    expect(sheet).toContain('<row r="1"><c r="A1" s="1" t="inlineStr"><is><t xml:space="preserve">n</t></is></c>');
    expect(sheet).toContain(
      '<row r="3"><c r="B3" t="inlineStr"><is><t xml:space="preserve">张伟</t></is></c></row></sheetData>',
    );
  });

  it('is packed while it is read, and the same each time', () => {
    const rows = Array.from({ length: 5000 }, (_, n) => JSON.stringify([n, `${n * 7919} ${Math.sin(n)}`]));
    const chunks = [...xlsxChunks({ columns, rows })];
    const sheet = strFromU8(unzipSync(Buffer.concat(chunks))['xl/worksheets/sheet1.xml'] ?? new Uint8Array());

    expect(chunks.length).toBeGreaterThan(5);
    expect(sheet.match(/<row /g)).toHaveLength(5001);
    expect(Buffer.concat([...xlsxChunks({ columns, rows })])).toEqual(Buffer.concat(chunks));
  });

  it('without rows is a header alone', () => {
    const parts = unzipSync(Buffer.concat([...xlsxChunks({ columns, rows: [] })]));

    expect(strFromU8(parts['xl/worksheets/sheet1.xml'] ?? new Uint8Array())).toMatch(
      /<sheetData><row .*<\/row><\/sheetData>/,
    );
  });
});
