import pino, { type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import { describeError } from './describe-error';
import { RequestContext } from './request-context';

/** Facts of a log line. `error` is described without what it quotes; names that smell of a secret are cut. */
export type LogFacts = Readonly<Record<string, unknown>> & { readonly error?: unknown };

export interface LogOptions {
  readonly level?: LevelWithSilent;
  /** Where lines go: stdout, unless a test looks. */
  readonly destination?: DestinationStream;
}

const SECRET_NAMES = [
  'authorization',
  'password',
  'apiKey',
  'key',
  'secret',
  'token',
  'url',
  'cookie',
  'question',
  'sql',
  'prompt',
  'rows',
  'content',
];

/**
 * One JSON line per event. A secret, a prompt, SQL or a row never belongs in one: the redaction here is the net below
 * the rope, not the rope.
 */
export class Log {
  private readonly pino: Logger;

  constructor({ level = 'info', destination }: LogOptions = {}) {
    const options = {
      level,
      base: { service: 'memori' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: () => ({ ...RequestContext.current() }),
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[cut]' },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  debug(message: string, facts: LogFacts = {}): void {
    this.pino.debug(readable(facts), message);
  }

  info(message: string, facts: LogFacts = {}): void {
    this.pino.info(readable(facts), message);
  }

  warn(message: string, facts: LogFacts = {}): void {
    this.pino.warn(readable(facts), message);
  }

  error(message: string, facts: LogFacts = {}): void {
    this.pino.error(readable(facts), message);
  }

  fatal(message: string, facts: LogFacts = {}): void {
    this.pino.fatal(readable(facts), message);
  }

  isDebug(): boolean {
    return this.pino.isLevelEnabled('debug');
  }
}

function readable(facts: LogFacts): Record<string, unknown> {
  return 'error' in facts ? { ...facts, error: describeError(facts.error) } : { ...facts };
}
