import { quoteName } from './quote-name';

const MOST = 5;

/** The names most like a wrong one, nearest first, spelt as SQL needs them. */
export function nearestNames(wrong: string, known: Iterable<string>): string[] {
  const wanted = plain(wrong);
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(known)) {
    const score = distance(wanted, plain(name));
    if (score !== undefined) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, MOST).map(({ name }) => quoteName(name));
}

/** Case, underscores and a plural make no difference worth speaking of. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s]/g, '').replace(/s$/, '');
}

/** Undefined where two names have too little in common. */
function distance(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (a.length >= 3 && b.length >= 3 && (a.includes(b) || b.includes(a))) return 1 + Math.abs(a.length - b.length) / 10;
  const allowed = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3));
  if (Math.abs(a.length - b.length) > allowed) return undefined;
  const edits = editDistance(a, b);
  return edits <= allowed ? 1 + edits : undefined;
}

/** Letters added, left out, changed, or two of them swapped. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(change, at(i - 1, j) + 1, at(i, j - 1) + 1, swap));
    }
  }
  return at(a.length, b.length);
}
