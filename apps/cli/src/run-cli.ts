import type { Env } from '@memori/config';
import { ask, type Answer } from './ask';
import { connectionOf } from './connection';
import { evaluate } from './evaluate/evaluate';
import { EVALUATE_HELP, readEvaluateOptions } from './evaluate/evaluate-options';
import { HELP, readOptions, UsageError } from './options';
import { answerText } from './print-answer';
import { SCRUB_HELP, scrubEmbedded } from './scrub';
import type { Terminal } from './terminal';

/** Runs one command and returns its exit code. */
export async function runCli(args: readonly string[], readEnv: () => Env, terminal: Terminal): Promise<number> {
  const isEvaluation = args[0] === 'evaluate';
  try {
    if (isEvaluation) return await evaluation(args, readEnv(), terminal);
    if (args[0] === 'scrub') return await scrubbing(args, readEnv(), terminal);
    const options = readOptions(args);
    if (options.command === 'help') {
      terminal.out(HELP);
      return 0;
    }
    const { answer, text } = await ask(connectionOf(options, readEnv()), options, (waiting) =>
      terminal.err(waitingText(waiting)),
    );
    terminal.out(options.json ? `${text}\n` : answerText(answer));
    return exitCodeOf(answer);
  } catch (error) {
    terminal.err(`${(error as Error).message}\n`);
    if (!(error instanceof UsageError)) return 1;
    terminal.err(`\n${isEvaluation ? EVALUATE_HELP : HELP}`);
    return 2;
  }
}

async function evaluation(args: readonly string[], env: Env, terminal: Terminal): Promise<number> {
  const [, ...rest] = args;
  if (rest.some((word) => word === '--help' || word === '-h')) {
    terminal.out(EVALUATE_HELP);
    return 0;
  }
  const options = readEvaluateOptions(rest);
  return evaluate(options, args, { env, now: new Date() }, terminal);
}

async function scrubbing([, ...rest]: readonly string[], env: Env, terminal: Terminal): Promise<number> {
  if (rest.length === 0) return scrubEmbedded(env, terminal);
  if (rest[0] !== '--help' && rest[0] !== '-h') throw new UsageError(`"scrub" takes no "${rest[0]}".`);
  terminal.out(SCRUB_HELP);
  return 0;
}

function waitingText({ status }: Answer): string {
  return status === 'queued' ? 'The question waits in the line …\n' : 'The question is being answered …\n';
}

function exitCodeOf({ status }: Answer): number {
  if (status === 'answered') return 0;
  return status === 'clarification' || status === 'refused' ? 3 : 1;
}
