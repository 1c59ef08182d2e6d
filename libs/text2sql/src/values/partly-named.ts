import { isStopWord, stemWord } from '@memori/text';
import { type AskedText, MOST_UNSPACED, type Phrase } from './question-phrases';
import { compact, isUnspaced, pairsOfKey, stemKey, wordsOfKey } from './value-key';
import type { ValueIndex } from './value-index';

/** A word in more values than this tells nothing about which one is meant. */
const MOST_WITH_WORD = 2000;
const MOST_CANDIDATES = 60;
/** Of the weight of a value's words, what the question must name. */
const LEAST_SHARE = 0.4;

export interface PartlyNamed {
  readonly number: number;
  /** Of the value's words or pairs of characters, by their rarity: 0 to 1. */
  readonly share: number;
  /** From the first to the last word that they have in common. */
  readonly phrase: Phrase;
}

/** Values of several words of which the question names some: "Celtics" for "Boston Celtics", 北京 for 北京市. */
export function partlyNamed(index: ValueIndex, asked: AskedText): PartlyNamed[] {
  const weight = weigher(index);
  const found = new Map<number, { sum: number; units: Set<string> }>();
  for (const unit of unitsOf(asked)) {
    for (const number of postingsOf(index, unit).find(unit, MOST_WITH_WORD)) {
      const entry = found.get(number) ?? { sum: 0, units: new Set<string>() };
      entry.sum += weight(unit);
      entry.units.add(unit);
      found.set(number, entry);
    }
  }
  const places = placesIn(asked);
  const runs = asked.words.map(runOf);
  const likely = [...found].sort(([a, one], [b, other]) => other.sum - one.sum || a - b).slice(0, MOST_CANDIDATES * 5);
  return likely
    .map(([number, { sum, units }]) => ({ number, share: sum / totalOf(index, number, weight), units }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share || a.number - b.number)
    .slice(0, MOST_CANDIDATES)
    .map(({ number, share, units }) => ({ number, share: Math.min(1, share), phrase: spanOf(runs, places, units) }));
}

function unitsOf({ words }: AskedText): Set<string> {
  const spaced = words.filter((word) => !isUnspaced(word) && !isStopWord(word)).map(stemWord);
  return new Set([...spaced, ...pairsOfKey(words.join(' '))]);
}

function postingsOf(index: ValueIndex, unit: string) {
  return isUnspaced(unit) ? index.byPair : index.byWord;
}

function weigher(index: ValueIndex): (unit: string) => number {
  const known = new Map<string, number>();
  return (unit) => {
    const value =
      known.get(unit) ?? Math.log(1 + (index.keys.length + 1) / (postingsOf(index, unit).count(unit) + 0.5));
    known.set(unit, value);
    return value;
  };
}

function totalOf(index: ValueIndex, number: number, weight: (unit: string) => number): number {
  const key = index.keys[number] ?? '';
  const words = wordsOfKey(key).filter((word) => !isUnspaced(word) && !isStopWord(word));
  const units = new Set([...words.map((word) => stemKey([word])), ...pairsOfKey(key)]);
  return [...units].reduce((sum, unit) => sum + weight(unit), 0) || Infinity;
}

/** Where the first of some units stands in a question. */
type Places = (units: ReadonlySet<string>) => Phrase;

/** Looks through the phrases of a question once, however many values are partly named. */
function placesIn({ phrases, words }: AskedText): Places {
  const text = compact(words.join(' '));
  const spaced = new Map<string, Phrase>();
  for (const phrase of phrases)
    if (!phrase.isUnspaced && phrase.words.length === 1 && !spaced.has(phrase.stems)) spaced.set(phrase.stems, phrase);
  const placeOf = (unit: string) => (isUnspaced(unit) ? unspacedPlace(text, unit) : spaced.get(unit));
  return (units) => {
    const places = [...units].flatMap((unit) => placeOf(unit) ?? []);
    return places.reduce((best, place) => (isBefore(place, best) ? place : best), places[0] as Phrase);
  };
}

/** The longest phrase of those that hold a pair and begin first. */
function unspacedPlace(text: string, pair: string): Phrase {
  const from = Math.max(0, text.indexOf(pair) + pair.length - MOST_UNSPACED);
  const key = text.slice(from, from + MOST_UNSPACED);
  return { key, stems: key, words: [key], from, to: from + key.length, isUnspaced: true, isStopped: false };
}

function isBefore(one: Phrase, other: Phrase): boolean {
  return one.from < other.from || (one.from === other.from && one.to > other.to);
}

function spanOf(runs: readonly Run[], places: Places, units: ReadonlySet<string>): Phrase {
  const common = runs.flatMap((run) => (run.pairs ? covered(run, units) : units.has(run.stem) ? [run.word] : []));
  return { ...places(units), key: common.join(' ') };
}

/** A word, or a run of characters without blanks, with what it is compared by. */
interface Run {
  readonly word: string;
  readonly stem: string;
  /** Of a run without blanks: its characters, and where each two in a row stand. */
  readonly letters?: readonly string[];
  readonly pairs?: ReadonlyMap<string, readonly number[]>;
}

function runOf(word: string): Run {
  if (!isUnspaced(word)) return { word, stem: stemWord(word) };
  const letters = [...word];
  const pairs = new Map<string, number[]>();
  letters.slice(1).forEach((letter, at) => {
    const pair = `${letters[at]}${letter}`;
    pairs.set(pair, [...(pairs.get(pair) ?? []), at]);
  });
  return { word, stem: '', letters, pairs };
}

/** The stretches of a run of characters that common pairs make up: 浦东新区 of 浦东新区的订单. */
function covered({ letters = [], pairs }: Run, units: ReadonlySet<string>): string[] {
  const starts = [...units].flatMap((unit) => pairs?.get(unit) ?? []).sort((a, b) => a - b);
  if (starts.length === 0) return [];
  const stretches: string[] = [];
  let [from, to] = [starts[0] as number, (starts[0] as number) + 2];
  for (const start of starts.slice(1)) {
    if (start <= to) to = Math.max(to, start + 2);
    else {
      stretches.push(letters.slice(from, to).join(''));
      [from, to] = [start, start + 2];
    }
  }
  return [...stretches, letters.slice(from, to).join('')];
}
