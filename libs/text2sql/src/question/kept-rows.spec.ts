import { Vault } from '@memori/security';
import { keepRows, openRows, sealRows } from './kept-rows';

const vault = new Vault(Buffer.alloc(32, 7));

it('keeps the first thousand rows', () => {
  const rows = Array.from({ length: 1001 }, (_, n) => `[${n}]`);

  expect(keepRows(rows)).toHaveLength(1000);
  expect(keepRows(rows.slice(0, 1000))).toHaveLength(1000);
});

it('keeps no more than a mebibyte, counted in bytes', () => {
  const row = `["${'客'.repeat(100_000)}"]`;

  expect(keepRows([row, row, row, row])).toHaveLength(3);
  expect(keepRows([`["${'x'.repeat(2_000_000)}"]`])).toHaveLength(0);
});

it.each([[[]], [['[1]']], [['["a\\nb"]', '[null]']]])('opens what it sealed: %j', (rows) => {
  expect(openRows(vault, 'q', sealRows(vault, 'q', rows))).toEqual(rows);
});

it('opens nothing under another question', () => {
  expect(() => openRows(vault, 'other', sealRows(vault, 'q', ['[1]']))).toThrow();
});
