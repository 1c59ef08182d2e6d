import type { Answer } from './ask';
import { printable, tableOf } from './table';

/** An answer for people. */
export function answerText(answer: Answer): string {
  const parts = [words(answer), table(answer), notes(answer), facts(answer)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function words(answer: Answer): string {
  switch (answer.status) {
    case 'clarification':
      return clarificationText(answer);
    case 'refused':
      return `Refused: ${printable(answer.refusal?.reason ?? '')}`;
    case 'failed':
      return `Failed: ${printable(answer.error?.detail ?? '')} (${answer.error?.code ?? 'internal'})`;
    case 'cancelled':
      return 'Cancelled.';
    case 'answered':
    case 'queued':
    case 'running':
      return printable(answer.summary ?? answer.explanation ?? '');
  }
}

function clarificationText({ clarification }: Answer): string {
  const options = clarification?.options.map((option, index) => `  ${index}  ${printable(option)}`) ?? [];
  return [printable(clarification?.question ?? ''), ...options].join('\n');
}

function table({ columns, rows, rowCount, truncated }: Answer): string {
  if (!columns || !rows) return '';
  const count = rowCount ?? rows.length;
  const more = truncated ? ' (there are more)' : '';
  return `${tableOf(columns, rows)}\n\n${count} ${count === 1 ? 'row' : 'rows'}${more}`;
}

function notes({ assumptions = [] }: Answer): string {
  return assumptions.map((assumption) => `Assumed: ${printable(assumption)}`).join('\n');
}

function facts(answer: Answer): string {
  const { usage, timings, sql, source } = answer;
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const cost = usage.model
    ? `${usage.costUsd.toFixed(6)} USD, ${input} tokens in, ${usage.outputTokens} out, ${usage.model}`
    : 'nothing: no model was asked';
  const lines: [string, string | undefined][] = [
    ['SQL', sql && printable(sql).replaceAll('\n', '\n         ')],
    ['Source', source],
    ['Cost', cost],
    ['Time', `${Math.round(timings.totalMs)} ms`],
  ];
  return lines.flatMap(([name, value]) => (value ? [`${name.padEnd(9)}${value}`] : [])).join('\n');
}
