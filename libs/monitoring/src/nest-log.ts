import type { LoggerService } from '@nestjs/common';
import { describeError, maskQuoted } from './describe-error';
import type { Log } from './log';

/** Nest reports here what it throws all the same: the process's own last words are about that, and once is enough. */
const TOLD_ELSEWHERE = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's own words in Memori's log. What Nest calls "log" is chatter about wiring, so it stays at debug. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.target.debug(textOf(message), contextOf(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const { context } = contextOf(rest);
    const level = context !== undefined && TOLD_ELSEWHERE.has(context) ? 'debug' : 'error';
    this.target[level](textOf(message), { ...contextOf(rest), ...(message instanceof Error && { error: message }) });
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.target.warn(textOf(message), contextOf(rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.target.debug(textOf(message), contextOf(rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.target.debug(textOf(message), contextOf(rest));
  }
}

function textOf(message: unknown): string {
  if (message instanceof Error) return describeError(message).message;
  return typeof message === 'string' ? maskQuoted(message) : 'Nest said something that is no text';
}

/** The last argument of Nest's logger is the name of the class that speaks; a stack may stand before it. */
function contextOf(rest: unknown[]): { context?: string } {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? { context: last } : {};
}
