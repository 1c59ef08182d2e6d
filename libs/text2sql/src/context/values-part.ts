import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { FoundValue } from '../values/find-values';
import type { Line } from './conversation-part';
import { breaksLines, sqlName } from './identifiers';
import type { PromptMeter } from './prompt-meter';
import { quoted } from './quoted';
import { tableName } from './schema-text';

/** Below this a value has too little in common with the question to be worth its tokens. */
const LEAST_SCORE = 0.3;
const MOST_SPELLINGS = 15;
const MOST_COLUMNS_OF_SPELLING = 6;
const MOST_LISTED_COLUMNS = 6;

/** One line about values: what it says for the account of the prompt, and of which tables. */
export interface ValueNote {
  readonly label: string;
  readonly tables: readonly string[];
}

/**
 * Stored values that a question may speak of, a line for each spelling with the columns that hold it, then a line for each
 * column that is named and has few. What the schema shows as samples already is not said twice.
 */
export function valueLines(catalog: Catalog, found: readonly FoundValue[], meter: PromptMeter): Line<ValueNote>[] {
  const { spellings, listed } = chosenValues(catalog, found);
  return [
    ...spellings.map((places) => spellingLine(catalog, places, meter)),
    ...listed.map((values) => columnLine(catalog, values, meter)),
  ];
}

/** Which of the values that were found are worth a line: the places of each spelling, the values of each named column. */
export function chosenValues(catalog: Catalog, found: readonly FoundValue[]) {
  const shown = found.filter(({ schema, table, column }) => ![schema, table, column].some(breaksLines));
  const spellings = grouped(
    shown.filter(({ how, score }) => how !== 'column' && score >= LEAST_SCORE),
    ({ value }) => value,
  );
  const sampled = samplesOf(catalog);
  const listed = grouped(
    shown.filter(({ how }) => how === 'column'),
    (each) => columnName(catalog, each),
  ).filter((values) => values.some((each) => !sampled(each)));
  return { spellings: spellings.slice(0, MOST_SPELLINGS), listed: listed.slice(0, MOST_LISTED_COLUMNS) };
}

function spellingLine(catalog: Catalog, places: readonly FoundValue[], meter: PromptMeter): Line<ValueNote> {
  const [first] = places as [FoundValue];
  const few = places.slice(0, MOST_COLUMNS_OF_SPELLING);
  const columns = few.map((place) => columnName(catalog, place)).join(', ');
  const instead = first.how === 'same' ? '' : `, perhaps meant by ${quoted(first.asked, 100)}`;
  return line(`${quoted(first.value)} in ${columns}`, instead, first.how, few, catalog, meter);
}

function columnLine(catalog: Catalog, values: readonly FoundValue[], meter: PromptMeter): Line<ValueNote> {
  const [first] = values as [FoundValue];
  const list = values.map(({ value }) => quoted(value)).join(', ');
  return line(`${list} in ${columnName(catalog, first)}`, '', 'column', values, catalog, meter);
}

function line(
  what: string,
  more: string,
  how: FoundValue['how'],
  places: readonly FoundValue[],
  catalog: Catalog,
  meter: PromptMeter,
): Line<ValueNote> {
  const text = `- ${what}${more}`;
  const tables = [...new Set(places.map(({ schema, table }) => tableName(catalog, { schema, name: table })))];
  return { item: { label: `${what} (${how})`, tables }, text, tokens: meter.tokens(text) + 1 };
}

function columnName(catalog: Catalog, { schema, table, column }: FoundValue): string {
  return `${tableName(catalog, { schema, name: table })}.${sqlName(column)}`;
}

/** Whether the schema shows a value beside its column. */
function samplesOf({ tables }: Catalog): (value: FoundValue) => boolean {
  const byName = new Map(tables.map((table) => [JSON.stringify([table.schema, table.name]), table]));
  const columnOf = ({ schema, table, column }: FoundValue) =>
    (byName.get(JSON.stringify([schema, table])) as CatalogTable | undefined)?.columns.find(
      ({ name }) => name === column,
    );
  return (found) => {
    const column = columnOf(found);
    return [...(column?.samples ?? []), ...(column?.enumValues ?? [])].includes(found.value);
  };
}

/** In the order of the first of each group. */
function grouped(found: readonly FoundValue[], keyOf: (value: FoundValue) => string): FoundValue[][] {
  const groups = new Map<string, FoundValue[]>();
  for (const each of found) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return [...groups.values()];
}
