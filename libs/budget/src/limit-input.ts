import { type FieldError, InvalidRequestError } from '@memori/errors';
import { LIMIT_SCOPES, LIMIT_WINDOWS, type LimitScope, type LimitWindow } from './limits';
import { nanoFromUsd } from './money';

/** A limit as an administrator writes it. */
export interface LimitInput {
  readonly window: string;
  /** Tokens as limits count them. */
  readonly tokens?: number;
  readonly usd?: number;
  /** True instead of amounts: no limit here, whatever a wider one says. */
  readonly unlimited?: boolean;
  /** Share of the limit at which the alert is raised; 0: none; left out: MEMORI_BUDGET_ALERT_THRESHOLD. */
  readonly soft?: number;
}

export interface CheckedLimit {
  readonly window: LimitWindow;
  readonly tokens?: number;
  readonly nanoUsd?: string;
  readonly soft?: number;
}

const MOST_USD = 1_000_000_000;
const MOST_ID_LENGTH = 200;

/** Throws an InvalidRequestError that names each wrong field. */
export function checkedLimit(input: LimitInput): CheckedLimit {
  const { window, tokens, usd, unlimited = false, soft } = input;
  const wrong: FieldError[] = [];
  const check = (isRight: boolean, pointer: string, message: string) =>
    void (isRight || wrong.push({ pointer, message }));
  check(isWindow(window), '/window', `must be one of ${LIMIT_WINDOWS.join(', ')}`);
  check(
    tokens === undefined || (Number.isSafeInteger(tokens) && tokens >= 0),
    '/tokens',
    'must be a whole number from 0',
  );
  check(usd === undefined || (usd >= 0 && usd <= MOST_USD), '/usd', `must be a number from 0 to ${MOST_USD}`);
  check(soft === undefined || (soft >= 0 && soft <= 1), '/soft', 'must be a number from 0 to 1');
  const hasAmount = tokens !== undefined || usd !== undefined;
  check(hasAmount || unlimited, '', 'needs "tokens", "usd" or both, or "unlimited": true');
  check(!(hasAmount && unlimited), '/unlimited', 'contradicts the amounts');
  if (wrong.length > 0) throw invalid(wrong);
  return {
    window: window as LimitWindow,
    ...(tokens !== undefined && { tokens }),
    ...(usd !== undefined && { nanoUsd: nanoFromUsd(usd).toString() }),
    ...(soft !== undefined && { soft }),
  };
}

export function checkedWindow(window: string): LimitWindow {
  if (isWindow(window)) return window;
  throw invalid([{ pointer: '/window', message: `must be one of ${LIMIT_WINDOWS.join(', ')}` }]);
}

/** Scope and id of a path. */
export function checkedTarget(scope: string, id: string): { scope: LimitScope; id: string } {
  const wrong: FieldError[] = [];
  if (!(LIMIT_SCOPES as readonly string[]).includes(scope))
    wrong.push({ pointer: '/scope', message: `must be one of ${LIMIT_SCOPES.join(', ')}` });
  if (id.length === 0 || id.length > MOST_ID_LENGTH || /\p{Cc}/u.test(id))
    wrong.push({ pointer: '/id', message: `must have 1 to ${MOST_ID_LENGTH} characters, and no control characters` });
  if (wrong.length > 0) throw invalid(wrong);
  return { scope: scope as LimitScope, id };
}

function isWindow(window: string): window is LimitWindow {
  return (LIMIT_WINDOWS as readonly string[]).includes(window);
}

function invalid(errors: FieldError[]): InvalidRequestError {
  const [first] = errors;
  return new InvalidRequestError(
    `The budget is not as it should be. ${first?.pointer ?? ''} ${first?.message ?? ''}.`,
    errors,
  );
}
