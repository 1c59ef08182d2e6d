import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@memori/golds';
import { Completions } from './completions';

describe('Completions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'completions-'));
  const file = join(folder, 'said.jsonl');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives what was said by its key, as text or as the object in it', () => {
    const lines = [
      { key: 'a', completion: 'prose', stopReason: 'refusal' },
      { key: 'b', completion: { outcome: 'sql', sql: 'SELECT 1' }, usage: { input_tokens: 5, output_tokens: 6 } },
    ];
    writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    const completions = Completions.read(file);

    expect(completions.find('a')).toEqual({ text: 'prose', stopReason: 'refusal' });
    expect(completions.find('b')?.usage).toEqual({ input_tokens: 5, output_tokens: 6 });
    expect(JSON.parse(completions.find('b')?.text ?? '')).toEqual({
      outcome: 'sql',
      sql: 'SELECT 1',
      explanation: null,
      assumptions: null,
      clarificationQuestion: null,
      clarificationOptions: null,
      refusalReason: null,
    });
    expect(completions.find('c')).toBeUndefined();
  });

  it('keeps at once what it is told, and goes on where it was', () => {
    rmSync(file);
    Completions.open(file).keep('a', { text: 'x', stopReason: 'end_turn' }, { question: 'q' });
    Completions.open(file).keep('b', { text: 'y', stopReason: 'end_turn' }, {});

    expect(Completions.read(file).find('a')?.text).toBe('x');
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  });

  it.each([
    ['{"completion": "x"}', '"key" is missing'],
    ['{"key": "a"}', '"completion" is to be'],
    ['{"key": "a", "completion": [1]}', '"completion" is to be'],
  ])('refuses %s', (line, message) => {
    writeFileSync(file, line);

    expect(() => Completions.read(file)).toThrow(InputError);
    expect(() => Completions.read(file)).toThrow(`said.jsonl:1: ${message}`);
  });
});
