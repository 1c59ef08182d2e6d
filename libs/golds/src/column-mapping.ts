export type Rows = readonly (readonly string[])[];
export type SameRows = (wanted: Rows, came: Rows) => boolean;

/** A result may have dozens of columns that look alike: beyond so many tries it counts as another one. */
const MOST_TRIES = 5000;

/** For each wanted column the one that came in its place, or undefined when there is no such choice. */
export function columnMapping(
  wanted: Rows,
  came: Rows,
  widths: { readonly wanted: number; readonly came: number },
  agree: SameRows,
): readonly number[] | undefined {
  if (widths.came < widths.wanted) return undefined;
  const candidates = candidatesOf(wanted, came, widths, agree);
  if (candidates.some((each) => each.length === 0)) return undefined;
  let tries = 0;
  const search = (chosen: readonly number[]): readonly number[] | undefined => {
    if (chosen.length === widths.wanted) return chosen;
    for (const next of candidates[chosen.length] ?? []) {
      if (chosen.includes(next) || ++tries > MOST_TRIES) continue;
      const more = [...chosen, next];
      // Agreement of the first columns is needed for that of all: wrong choices end early.
      const found = agree(firstOf(wanted, more.length), pick(came, more)) ? search(more) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return search([]);
}

function candidatesOf(
  wanted: Rows,
  came: Rows,
  widths: { readonly wanted: number; readonly came: number },
  agree: SameRows,
): number[][] {
  return Array.from({ length: widths.wanted }, (_, column) =>
    Array.from({ length: widths.came }, (_each, other) => other)
      // The column in the same place first: it is mostly the one.
      .sort((a, b) => Number(b === column) - Number(a === column))
      .filter((other) => agree(pick(wanted, [column]), pick(came, [other]))),
  );
}

function firstOf(rows: Rows, count: number): Rows {
  return rows.map((row) => row.slice(0, count));
}

function pick(rows: Rows, columns: readonly number[]): Rows {
  return rows.map((row) => columns.map((column) => row[column] ?? ''));
}
