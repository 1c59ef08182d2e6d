import { quoted } from '../context/quoted';
import type { Catalog } from '../data-source/catalog';
import { SqlFailedError } from '../execution/execution.errors';
import { nearestNames } from '../guard/names/nearest-names';
import { quoteName } from '../guard/names/quote-name';
import type { TextFilter } from '../guard/text-filters';

/** Of a text that PostgreSQL cannot read as a value of its type. */
const INVALID_TEXT = '22P02';
const MOST_LABELS = 8;

/** Whether PostgreSQL could not read a text: a label of an enum, perhaps, that there is none of. */
export function isInvalidText(error: unknown): boolean {
  return error instanceof SqlFailedError && error.sqlstate === INVALID_TEXT;
}

/**
 * The labels of an enum that may have been meant by a text which is none of them: those that are spelt alike, else all, as far as
 * they are few. PostgreSQL's message tells only that there is no such label, and its values are masked.
 */
export function nearLabels(filters: readonly TextFilter[], { tables }: Catalog): string[] {
  const labels = filters.flatMap(({ columns, text, kind }) => {
    const places = tables.flatMap((table) =>
      table.columns.filter(({ name }) =>
        columns.some((each) => each.schema === table.schema && each.table === table.name && each.name === name),
      ),
    );
    const known = places.flatMap(({ enumValues = [] }) => enumValues);
    if (kind !== 'value' || known.length === 0 || known.includes(text)) return [];
    const near = new Set(nearestNames(text, known));
    const alike = known.filter((label) => near.has(quoteName(label)));
    return alike.length > 0 ? alike : known;
  });
  return [...new Set(labels)].slice(0, MOST_LABELS).map((label) => quoted(label));
}
