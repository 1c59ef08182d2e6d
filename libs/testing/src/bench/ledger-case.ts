import type { CallScope } from '@memori/budget';

/** One way in which calls meet limits. */
export interface LedgerCase {
  readonly name: string;
  /** Pairs of reserve and settle a second, on two cores. */
  readonly aimPerSecond: number;
  /** Pairs under way at a time. */
  readonly clients: number;
  readonly scopeOf: (pair: number) => CallScope;
  /** Limits besides the one of each user, as memori.set_limit reads them. */
  readonly limits: readonly { readonly scope: string; readonly scopeId: string }[];
}

const TENANT = 'default';
const ofUser = (pair: number, users: number): CallScope => ({ tenantId: TENANT, userId: `user-${pair % users}` });

export const CASES: readonly LedgerCase[] = [
  {
    name: '(a) 1,000 accounts alone',
    aimPerSecond: 2500,
    clients: 128,
    scopeOf: (pair) => ofUser(pair, 1000),
    limits: [],
  },
  {
    name: '(b) user, session, tenant, data source, global',
    aimPerSecond: 400,
    clients: 16,
    scopeOf: (pair) => ({
      ...ofUser(pair, 1000),
      sessionId: `session-${pair % 1000}`,
      dataSourceId: `source-${pair % 3}`,
    }),
    limits: [
      { scope: 'session', scopeId: '*' },
      { scope: 'tenant', scopeId: TENANT },
      { scope: 'data-source', scopeId: '*' },
      { scope: 'global', scopeId: '*' },
    ],
  },
  {
    name: '(c) one hot account',
    aimPerSecond: 450,
    clients: 16,
    scopeOf: (pair) => ofUser(pair, 1),
    limits: [],
  },
];
