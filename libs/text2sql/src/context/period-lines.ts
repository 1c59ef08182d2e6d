import { periodsIn } from '@memori/text';
import { quoted } from './quoted';

/** A question names one or two; a long text that somebody pasted may name hundreds. */
const MOST_PERIODS = 8;

/** What the time expressions of a question mean for its asker, a line each: dates that the model need not work out. */
export function periodLines(question: string, now: Date, timeZone: string): string {
  const lines = periodsIn(question, now, timeZone)
    .slice(0, MOST_PERIODS)
    .map(({ phrase, from, to }) => `In the question, ${quoted(phrase)} is ${from} up to, not including, ${to}.\n`);
  return [...new Set(lines)].join('');
}
