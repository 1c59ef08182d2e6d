import type { Hold } from './hold';
import type { TokenUsage } from './token-usage';

export const SCOPES = ['user', 'session', 'tenant', 'data-source', 'global'] as const;
export type Scope = (typeof SCOPES)[number];
export type Window = 'day' | 'total';

/** One call as the ledger should see it. */
export interface Call {
  readonly hold: Hold;
  readonly ids: Readonly<Record<Scope, string>>;
  /** The day in which its hold was opened. */
  readonly day: number;
  state: 'prepared' | 'sent' | 'streaming' | 'ended';
  open: boolean;
  settled: boolean;
  seen?: TokenUsage;
  /** What the journal must say about it in the end, in tokens of a limit. */
  posted: number;
}

/** The ledger as it should be, in memory, beside the real one. It knows sums and limits, and nothing of how they are kept. */
export class LedgerModel {
  readonly calls: Call[] = [];
  /** `scope/id/window`, or `scope/*` + window for whoever has none of his own. */
  readonly limits = new Map<string, number>([['user/*/day', 3000]]);
  today = 0;

  limitOf(scope: Scope, id: string, window: Window): number | undefined {
    return this.limits.get(`${scope}/${id}/${window}`) ?? this.limits.get(`${scope}/*/${window}`);
  }

  sums(scope: Scope, id: string, window: Window): { posted: number; held: number } {
    const calls = this.calls.filter(
      (call) => call.ids[scope] === id && (window === 'total' || call.day === this.today),
    );
    return {
      posted: calls.reduce((sum, call) => sum + call.posted, 0),
      held: calls.reduce((sum, call) => sum + (call.open ? call.hold.tokens : 0), 0),
    };
  }

  fits(ids: Readonly<Record<Scope, string>>, asked: number): boolean {
    return this.bearing(ids).every(({ limit, posted, held }) => posted + held + asked <= limit);
  }

  /** Every limit that bears on a call, and how it stands. */
  bearing(ids: Readonly<Record<Scope, string>>) {
    return SCOPES.flatMap((scope) =>
      (['day', 'total'] as const).flatMap((window) => {
        const limit = this.limitOf(scope, ids[scope], window);
        return limit === undefined ? [] : [{ scope, window, limit, ...this.sums(scope, ids[scope], window) }];
      }),
    );
  }
}
