import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUSVString } from 'node:util';
import { languageInstruction } from '../context/asker';
import { quoted } from '../context/quoted';
import type { AnswerColumn } from './answer';
import { splitRow } from '../presentation/split-row';

const RULES = readFileSync(join(__dirname, 'prompts', 'summary-rules.md'), 'utf8').trim();

/** The most rows of a result that the model is shown. */
export const MOST_SHARED_ROWS = 20;
const MOST_COLUMNS = 30;
const MOST_VALUE = 200;
const MOST_SUMMARY = 1000;

/** The format of the reply; its title names the purpose. */
export const SUMMARY_FORMAT = {
  title: 'memori-summary-1',
  type: 'object',
  additionalProperties: false,
  required: ['summary'],
  properties: { summary: { type: 'string' } },
} as const;

/** A result as it is told. */
export interface SummarisedResult {
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly string[];
  readonly rowCount: number;
  readonly truncated: boolean;
}

/** What the model is sent: rules first, then the rows as data, last of all the question alone. */
export function summaryPrompt(
  { columns, rows, rowCount, truncated }: SummarisedResult,
  asked: { readonly question: string; readonly language: string | undefined },
  shown: number,
) {
  const names = columns.slice(0, MOST_COLUMNS).map(({ name }) => quoted(name));
  const lines = rows.slice(0, shown).map((row) => `- ${splitRow(row).slice(0, MOST_COLUMNS).map(value).join(', ')}`);
  const count = truncated ? `more than ${rowCount} rows` : `${rowCount} rows`;
  const text = [
    languageInstruction(asked.question, asked.language),
    '<result>',
    `Columns: ${names.join(', ')}`,
    `${count}, of which these are the first ${lines.length}:`,
    ...lines,
    '</result>\n',
  ].join('\n');
  return {
    system: [{ text: RULES }],
    messages: [{ role: 'user' as const, content: [{ text }, { text: asked.question }] }],
  };
}

/** The sentence of a reply; undefined when there is none. */
export function readSummary(json: unknown): string | undefined {
  const { summary } = (json ?? {}) as { summary?: unknown };
  if (typeof summary !== 'string') return undefined;
  const line = toUSVString(summary.replaceAll('\0', '')).replace(/\s+/gu, ' ').trim();
  return line === '' || line.length > MOST_SUMMARY ? undefined : line;
}

/** Numbers as they stand; all else in quotes, so that no value ends its line or the block. */
function value(json: string): string {
  if (/^-?\d/.test(json) || json === 'null' || json === 'true' || json === 'false') return json;
  return quoted(json.startsWith('"') ? (JSON.parse(json) as string) : json, MOST_VALUE);
}
