import type { UsageItem } from './usage-report';

const COLUMNS: readonly (keyof UsageItem)[] = [
  'key',
  'attempts',
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'costUsd',
  'answersWithoutModel',
  'savedUsd',
  'savedByProviderCacheUsd',
  'savedByVerifiedQueriesUsd',
  'savedByAnswerCacheUsd',
  'savedTokens',
];

/**
 * RFC 4180 with a header. A key that a spreadsheet would read as a formula gets an apostrophe in front: user ids are what
 * users make them. Numbers are plain decimals, never `1e-7`.
 */
export function usageCsv(items: readonly UsageItem[]): string {
  const lines = items.map((item) => COLUMNS.map((column) => cell(item[column])).join(','));
  return [COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(9).replace(/0+$/, '');
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
