import type { Env } from '@memori/config';
import { ask, type Answer } from './ask';
import { connectionOf } from './connection';
import { HELP, readOptions, UsageError } from './options';
import { answerText } from './print-answer';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

/** Runs one command and returns its exit code. */
export async function runCli(args: readonly string[], readEnv: () => Env, terminal: Terminal): Promise<number> {
  try {
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
    terminal.err(`\n${HELP}`);
    return 2;
  }
}

function waitingText({ status }: Answer): string {
  return status === 'queued' ? 'The question waits in the line …\n' : 'The question is being answered …\n';
}

function exitCodeOf({ status }: Answer): number {
  if (status === 'answered') return 0;
  return status === 'clarification' || status === 'refused' ? 3 : 1;
}
