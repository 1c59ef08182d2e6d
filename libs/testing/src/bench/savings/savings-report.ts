import type { Setup } from './layers';
import type { LayerFigures } from './savings-run';

/** One line of the table. */
export interface SavingsRow {
  readonly name: string;
  readonly costUsd: number;
  readonly p50Ms: number;
  readonly meanMs: number;
  /** Share of the first row's cost and times that is spared, 0 to 1; below 0: it costs more. */
  readonly saved: number;
  readonly p50Shorter: number;
  readonly meanShorter: number;
  readonly figures: LayerFigures;
}

export function rowsOf(runs: readonly { readonly setup: Setup; readonly figures: LayerFigures }[]): SavingsRow[] {
  const costs = runs.map(({ setup, figures }) => costOf(setup, figures));
  const first = runs[0]?.figures;
  return runs.map(({ setup, figures }, at) => {
    const [costUsd, { p50Ms, meanMs }] = [costs[at] ?? NaN, figures];
    return {
      ...{ name: setup.name, costUsd, p50Ms, meanMs, figures },
      saved: 1 - costUsd / (costs[0] ?? NaN),
      p50Shorter: 1 - p50Ms / (first?.p50Ms ?? NaN),
      meanShorter: 1 - meanMs / (first?.meanMs ?? NaN),
    };
  });
}

/** Without the provider's cache the same calls would have cost more by what it saved. */
function costOf({ providerCache }: Setup, { costUsd, providerCacheUsd }: LayerFigures): number {
  return providerCache ? costUsd : costUsd + providerCacheUsd;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

export function savingsTable(rows: readonly SavingsRow[]): string {
  const head = [
    'layers',
    'USD',
    'saved',
    'p50 ms',
    'shorter',
    'mean ms',
    'shorter',
    'model',
    'verified',
    'cache',
    'right',
  ];
  const lines = rows.map(({ name, costUsd, saved, p50Ms, p50Shorter, meanMs, meanShorter, figures }) => [
    ...[name, costUsd.toFixed(4), percent(saved)],
    ...[p50Ms.toFixed(0), percent(p50Shorter), meanMs.toFixed(0), percent(meanShorter)],
    ...['model', 'verified-query', 'cache'].map((source) => String(figures.bySource[source] ?? 0)),
    `${figures.right} of ${figures.questions}`,
  ]);
  const cell = (text: string, column: number) => (column === 0 ? text.padEnd(20) : text.padStart(11));
  return [head, ...lines].map((cells) => `  ${cells.map(cell).join(' ')}`).join('\n');
}

/** Each aim with what came out. */
export function savingsAims(rows: readonly SavingsRow[]): string[] {
  const all = rows.at(-1);
  if (!all) return [];
  const { saved, p50Shorter, figures } = all;
  const isEqual = rows.every(({ figures: { right } }) => right === rows[0]?.figures.right);
  const plain = rows.find(({ name }) => name === 'choice of model')?.costUsd ?? NaN;
  const hits = Object.entries(figures.cacheHits).map(([kind, count]) => `${count} ${kind}`);
  return [
    aim(saved >= 0.3, `cost saved by all layers together: ${percent(saved)} (aim: 30 to 70 %)`),
    `          of what the chosen models cost without any cache or verified query: ${percent(1 - all.costUsd / plain)}`,
    aim(p50Shorter >= 0.3, `median time shorter: ${percent(p50Shorter)} (aim: 30 %)`),
    aim(
      isEqual,
      `equal accuracy with each set of layers: ${rows.map(({ figures: { right } }) => right).join(', ')} right`,
    ),
    `          with all on, the answer cache served: ${hits.join(', ') || 'nothing'}`,
  ];
}

function aim(isMet: boolean, text: string): string {
  return `  ${isMet ? 'met    ' : 'missed '} ${text}`;
}
