/** Letters added, left out, changed, or two of them swapped; Infinity as soon as it must be more than allowed. */
export function editDistance(a: string, b: string, allowed: number): number {
  if (Math.abs(a.length - b.length) > allowed) return Infinity;
  let before = new Uint16Array(b.length + 1);
  let above = Uint16Array.from({ length: b.length + 1 }, (_, index) => index);
  let row = new Uint16Array(b.length + 1);
  for (let i = 1; i <= a.length; i += 1) {
    if (fillRow(row, above, before, a, b, i) > allowed) return Infinity;
    [before, above, row] = [above, row, before];
  }
  return above[b.length] ?? Infinity;
}

/** One row of the table of distances; returns its least. */
function fillRow(row: Uint16Array, above: Uint16Array, before: Uint16Array, a: string, b: string, i: number): number {
  let left = i;
  let least = i;
  row[0] = i;
  for (let j = 1; j <= b.length; j += 1) {
    const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
    let cost = Math.min((above[j - 1] ?? 0) + (isSame ? 0 : 1), (above[j] ?? 0) + 1, left + 1);
    const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    if (isSwap) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
    row[j] = cost;
    left = cost;
    least = Math.min(least, cost);
  }
  return least;
}
