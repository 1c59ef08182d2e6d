import { editDistance } from '@memori/text';
import { quoteName } from './quote-name';

const MOST = 5;

/** The names most like a wrong one, nearest first, spelt as SQL needs them. */
export function nearestNames(wrong: string, known: Iterable<string>): string[] {
  const wanted = plain(wrong);
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(known)) {
    if (name === '') continue;
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
  const edits = editDistance(a, b, allowed);
  return edits <= allowed ? 1 + edits : undefined;
}
