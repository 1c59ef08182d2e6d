import type { ColumnValues } from './gather-values';
import { HashPostings, MOST_NUMBERS } from './hash-postings';
import { NearKeys } from './near-keys';
import { headsOf, initialsOf } from './short-forms';
import { compact, isUnspaced, namesOf, pairsOfKey, stemKey, valueKey, wordsOfKey } from './value-key';

/** Values after which the event loop gets its turn: some milliseconds. */
const VALUES_A_TURN = 2000;
/** What a string and its places take beside its letters. */
const BYTES_OF_VALUE = 160;

/** With no more values than this a column that is named is shown with all of them. */
const FEW_VALUES = 8;

export interface IndexedColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly isComplete: boolean;
  /** How many values it has. */
  readonly size: number;
  /** Of the words in its name and in that of its table. */
  readonly columnStems: readonly string[];
  readonly tableStems: readonly string[];
}

/** One spelling in one column. */
export interface StoredValue {
  /** The number of its column. */
  readonly column: number;
  readonly value: string;
}

/** The values of one data source as they are looked up: by key, by stems, by words, by pairs of characters, by likeness. */
export class ValueIndex {
  readonly columns: IndexedColumn[] = [];
  readonly keys: string[] = [];
  private readonly stored: StoredValue[][] = [];
  readonly byKey = new HashPostings();
  readonly byStems = new HashPostings();
  readonly byWord = new HashPostings();
  readonly byPair = new HashPostings();
  readonly byInitials = new HashPostings();
  readonly byHeads = new HashPostings();
  readonly near = new NearKeys();
  /** Columns of few values by the stems of their names. */
  readonly smallColumns = new Map<string, number[]>();
  /** Stems of the words in names of tables and columns: these are no misspelt values. */
  readonly nameStems = new Set<string>();
  private readonly fewValues = new Map<number, readonly string[]>();
  private letters = 0;
  private count = 0;

  /** Lets others run in between: a large index takes a second. */
  static async build(columns: Iterable<ColumnValues>): Promise<ValueIndex> {
    const index = new ValueIndex();
    const numbers = new Map<string, number>();
    for (const column of columns) {
      for (let from = 0; from === 0 || from < column.values.length; from += VALUES_A_TURN) {
        index.addColumn(column, column.values.slice(from, from + VALUES_A_TURN), from === 0, numbers);
        if (column.values.length > VALUES_A_TURN / 2 || index.columns.length % 20 === 0) await nextTurn();
      }
    }
    for (const postings of index.postings) {
      postings.seal();
      await nextTurn();
    }
    return index;
  }

  /** Distinct values of all columns together. */
  get size(): number {
    return this.count;
  }

  /** An estimate of the memory that it takes. */
  get bytes(): number {
    return this.letters * 2 + this.count * BYTES_OF_VALUE + this.postings.reduce((sum, { bytes }) => sum + bytes, 1024);
  }

  private get postings() {
    const { byKey, byStems, byWord, byPair, byInitials, byHeads, near } = this;
    return [byKey, byStems, byWord, byPair, byInitials, byHeads, near];
  }

  /** All values of a column that has few. */
  fewValuesOf(column: number): readonly string[] {
    return this.fewValues.get(column) ?? [];
  }

  /** Every value of a column; looks through all that there are. */
  valuesOf(column: number): string[] {
    return this.stored.flatMap((places) => places.filter((place) => place.column === column).map(({ value }) => value));
  }

  storedUnder(number: number): readonly StoredValue[] {
    return this.stored[number] ?? [];
  }

  private addColumn(
    { schema, table, column, isComplete, values }: ColumnValues,
    part: readonly string[],
    isNew: boolean,
    numbers: Map<string, number>,
  ): void {
    if (isNew) this.openColumn({ schema, table, column, isComplete, size: values.length }, values);
    for (const value of part) this.addValue({ column: this.columns.length - 1, value }, numbers);
  }

  private openColumn(place: Omit<IndexedColumn, 'columnStems' | 'tableStems'>, values: readonly string[]): void {
    const [columnStems, tableStems] = [namesOf(place.column), namesOf(place.table)];
    const number = this.columns.push({ ...place, columnStems, tableStems }) - 1;
    for (const stem of [...tableStems, ...columnStems]) this.nameStems.add(stem);
    if (values.length > FEW_VALUES) return;
    this.fewValues.set(number, values);
    for (const stem of columnStems) this.smallColumns.set(stem, [...(this.smallColumns.get(stem) ?? []), number]);
  }

  private addValue(stored: StoredValue, numbers: Map<string, number>): void {
    const spaced = valueKey(stored.value);
    const key = isUnspaced(spaced) ? compact(spaced) : spaced;
    if (key === '') return;
    const known = numbers.get(key);
    this.count++;
    this.letters += stored.value.length;
    if (known !== undefined) this.stored[known]?.push(stored);
    else if (this.keys.length < MOST_NUMBERS) this.addKey(key, stored, numbers);
  }

  private addKey(key: string, stored: StoredValue, numbers: Map<string, number>): void {
    const number = this.keys.push(key) - 1;
    numbers.set(key, number);
    this.stored.push([stored]);
    this.letters += key.length;
    const words = wordsOfKey(key);
    const stems = words.map((word) => stemKey([word]));
    this.byKey.add(key, number);
    this.byStems.add(stems.join(' '), number);
    if (words.length > 1) for (const stem of stems) this.byWord.add(stem, number);
    for (const pair of pairsOfKey(key)) this.byPair.add(pair, number);
    for (const initials of initialsOf(words)) this.byInitials.add(initials, number);
    const heads = headsOf(words);
    if (heads !== undefined) this.byHeads.add(heads, number);
    this.near.add(key, number, isUnspaced(key));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
