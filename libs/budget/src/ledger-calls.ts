import { type Database, Gathered } from '@memori/database';
import type { AlertRow } from './budget-alerts';
import type { AccountLine } from './budget-line';
import type { ChargeReason, Settlement } from './hold';

const RESERVE = 'SELECT memori.reserve($1) AS answer';
// The second function sees what the first one wrote. Both are one commit, which frees the accounts at once; the caller has
// the answer when it is on the disk, before anything is sent.
const RESERVE_SENT = `SELECT r.answer FROM memori.reserve($1) AS r (answer)
  WHERE r.answer ? 'refused' OR (memori.mark_sent($2) AND set_config('synchronous_commit', 'off', true) = 'off')`;
const RESERVE_ALL = 'SELECT memori.reserve_all($1) AS answer';
const SETTLE = 'SELECT memori.settle($1) AS answer';
const SETTLE_ALL = 'SELECT memori.settle_all($1) AS answer';

/** Two batches at once would wait for the same accounts and cores, and each hold fewer calls. */
const BATCHES = { mostAtOnce: 64, mostUnderWay: 1, patienceMs: 50 };

export interface ReserveCall {
  readonly attemptId: string;
  /** It goes out as soon as the reservation is on the disk. */
  readonly isSent: boolean;
}

export interface SettleCall {
  readonly attemptId: string;
}

export type SettleAnswer = Omit<Settlement, 'costNanoUsd'>;

interface Reserved {
  readonly refused: Readonly<Record<string, AccountLine>>;
  readonly alerts: AlertRow[];
}

interface Settled {
  readonly reasons: Readonly<Record<string, ChargeReason[]>>;
  /** Their holds are closed: settled before, or expired. */
  readonly alone: readonly string[];
  readonly alerts: AlertRow[];
}

interface SettledAlone {
  /** `again`: its hold was closed at this moment. */
  readonly result: Settlement['result'] | 'again';
  readonly reasons?: readonly ChargeReason[];
  readonly alerts?: AlertRow[];
}

/** The ledger's functions, called for all who ask at the same time together; each gets his own answer. */
export class LedgerCalls {
  private readonly reserving = new Gathered((calls: readonly ReserveCall[]) => this.reserveAll(calls), BATCHES);
  private readonly settling = new Gathered((charges: readonly SettleCall[]) => this.settleAll(charges), BATCHES);

  constructor(
    private readonly database: Database,
    private readonly tell: (alerts: readonly AlertRow[] | undefined) => void,
  ) {}

  /** The limit that refuses it, as it stands; undefined: everything that it asks for is kept aside. */
  reserve(call: ReserveCall): Promise<AccountLine | undefined> {
    return this.reserving.ask(call);
  }

  settle(charge: SettleCall): Promise<SettleAnswer> {
    return this.settling.ask(charge);
  }

  private async reserveAll(calls: readonly ReserveCall[]): Promise<(AccountLine | undefined)[]> {
    const [only] = calls;
    if (only && calls.length === 1) return [await this.reserveAlone(only)];
    // Nothing may be sent for a reservation that a crash could undo; what waits for a later mark_sent needs no disk yet.
    const durably = calls.some(({ isSent }) => isSent);
    const { refused, alerts } = await this.call<Reserved>(RESERVE_ALL, [JSON.stringify(calls)], { durably });
    this.tell(alerts);
    return calls.map(({ attemptId }) => refused[attemptId]);
  }

  private async reserveAlone(call: ReserveCall): Promise<AccountLine | undefined> {
    const { attemptId, isSent } = call;
    const params = [JSON.stringify(call), ...(isSent ? [attemptId] : [])];
    const { refused, alerts } = await this.call<{ refused?: AccountLine; alerts: AlertRow[] }>(
      isSent ? RESERVE_SENT : RESERVE,
      params,
      { durably: isSent },
    );
    this.tell(alerts);
    return refused;
  }

  private async settleAll(charges: readonly SettleCall[]): Promise<SettleAnswer[]> {
    const [only] = charges;
    if (only && charges.length === 1) return [await this.settleAlone(only)];
    const { reasons, alone, alerts } = await this.call<Settled>(SETTLE_ALL, [JSON.stringify(charges)], {
      durably: true,
    });
    this.tell(alerts);
    const late = new Set(alone);
    const answers: SettleAnswer[] = [];
    for (const charge of charges)
      answers.push(
        late.has(charge.attemptId)
          ? await this.settleAlone(charge)
          : { result: 'settled', reasons: reasons[charge.attemptId] ?? [] },
      );
    return answers;
  }

  private async settleAlone(charge: SettleCall): Promise<SettleAnswer> {
    for (;;) {
      const { result, reasons, alerts } = await this.call<SettledAlone>(SETTLE, [JSON.stringify(charge)], {
        durably: true,
      });
      this.tell(alerts);
      if (result !== 'again') return { result, reasons: reasons ?? [] };
    }
  }

  private async call<T>(sql: string, params: unknown[], { durably }: { durably: boolean }): Promise<T> {
    const [row] = await (durably
      ? this.database.callDurably<{ answer: T }>(sql, params)
      : this.database.call<{ answer: T }>(sql, params));
    if (!row) throw new Error('The ledger gave no answer.');
    return row.answer;
  }
}
