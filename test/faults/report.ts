import type { Finding } from './checks/check';

export interface Result {
  readonly name: string;
  readonly mode: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  readonly findings: readonly Finding[];
  /** What broke off, or why it was skipped. */
  readonly problem?: string;
}

/** The table of all runs and the closing line. */
export function report(results: readonly Result[]): string {
  const lines = results.map(({ name, mode, state, ms, findings, problem }) => {
    const failed = findings.filter(({ isSo }) => !isSo).map(({ sentence }) => sentence);
    const why = [...(problem ? [problem.split('\n')[0] ?? ''] : []), ...failed].join('; ');
    const held = `${findings.length - failed.length}/${findings.length}`;
    return `  ${name.padEnd(20)} ${mode.padEnd(9)} ${state.padEnd(8)} ${held.padStart(6)} ${(ms / 1000).toFixed(0).padStart(4)} s  ${why}`;
  });
  const count = (state: Result['state']) => results.filter((result) => result.state === state).length;
  const closing = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return `\nFaults\n  ${'scenario'.padEnd(20)} ${'mode'.padEnd(9)} ${'outcome'.padEnd(8)} ${'holds'.padStart(6)} ${'time'.padStart(6)}\n${lines.join('\n')}\n\n${closing}`;
}
