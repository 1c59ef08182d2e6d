import type { Timings } from './asker';
import type { WorkPerQuestion } from './count-work';
import type { LoadResult } from './load';
import { mean } from './percentiles';

/** The two columns of one run: through Memori, and the bare SDK calling the same fake. */
export interface Comparison {
  readonly memori: LoadResult;
  readonly sdk: LoadResult;
}

const ms = (value: number) => `${value.toFixed(1)}`.padStart(8);
const times = (a: number, b: number) => `${(a / b).toFixed(1)}×`.padStart(8);

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const head = ['clients', 'what', 'calls', 'p50 ms', 'p95 ms', 'p99 ms', 'calls/s'];
  const lines = comparisons.flatMap(({ memori, sdk }) => [
    row(String(memori.clients), 'Memori', memori),
    row('', 'bare SDK', sdk),
    ['', 'own time', '', ms(memori.p50Ms - sdk.p50Ms), ms(memori.p95Ms - sdk.p95Ms), ms(memori.p99Ms - sdk.p99Ms), ''],
    [
      '',
      'ratio',
      '',
      times(memori.p50Ms, sdk.p50Ms),
      times(memori.p95Ms, sdk.p95Ms),
      times(memori.p99Ms, sdk.p99Ms),
      times(memori.perSecond, sdk.perSecond),
    ],
  ]);
  const cell = (text: string, i: number) => (i < 2 ? text.padEnd(9) : text.padStart(8));
  return [head, ...lines].map((cells) => `  ${cells.map(cell).join(' ')}`).join('\n');
}

function row(clients: string, what: string, result: LoadResult): string[] {
  const failed = result.failed > 0 ? ` (${result.failed} failed)` : '';
  return [
    clients,
    what,
    `${result.calls}${failed}`,
    ms(result.p50Ms),
    ms(result.p95Ms),
    ms(result.p99Ms),
    result.perSecond.toFixed(1),
  ];
}

/** Where the time of a question goes, by the account of the answers. */
export function timingsLine(timings: readonly Timings[]): string {
  const of = (part: keyof Timings) => mean(timings.map((each) => each[part] ?? 0));
  const parts = (['queueMs', 'contextMs', 'modelMs', 'guardMs', 'databaseMs'] as const).map(
    (part) => [part, of(part)] as const,
  );
  const rest = of('totalMs') - parts.reduce((sum, [, value]) => sum + value, 0);
  return [...parts, ['rest', rest] as const, ['totalMs', of('totalMs')] as const]
    .map(([name, value]) => `${name.replace('Ms', '')} ${value.toFixed(1)}`)
    .join(' · ');
}

/** Each aim with what came out. */
export function aimLines(comparisons: readonly Comparison[], work: WorkPerQuestion): string[] {
  const one = comparisons.find(({ memori }) => memori.clients === 1);
  const fifty = comparisons.find(({ memori }) => memori.clients === 50);
  const added = one ? one.memori.p50Ms - one.sdk.p50Ms : NaN;
  const perSecond = fifty?.memori.perSecond ?? NaN;
  const trips = work.ownRoundTrips + work.sourceRoundTrips;
  return [
    aim(added <= 15, `added at p50 with one client: ${added.toFixed(1)} ms (aim: at most 15)`),
    aim(perSecond >= 100, `questions a second with 50 clients: ${perSecond.toFixed(1)} (aim: at least 100)`),
    aim(
      trips <= 30,
      `round trips to PostgreSQL per question: ${trips.toFixed(1)} (aim: at most 30), ${work.ownRoundTrips.toFixed(1)} to Memori's own database, ${work.sourceRoundTrips.toFixed(1)} to the data source`,
    ),
    aim(
      work.durableCommits <= 6,
      `durable commits per question: ${work.durableCommits.toFixed(1)} (aim: at most 6), of ${work.commits.toFixed(1)} commits`,
    ),
  ];
}

function aim(isMet: boolean, text: string): string {
  return `  ${isMet ? 'met    ' : 'missed '} ${text}`;
}
