import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Env } from '@memori/config';
import {
  figure,
  htmlReport,
  readReport,
  regressionsOf,
  type EvaluationReport,
  type Findings,
} from '@memori/evaluation';
import { InputError } from '@memori/golds';
import { tableOf } from '../table';
import type { Terminal } from '../terminal';
import type { EvaluateOptions } from './evaluate-options';
import { measure } from './measure';
import { progressLine } from './progress-line';

const COLUMNS = [
  { name: 'metric', type: 'text' },
  { name: 'value', type: 'numeric' },
  { name: '95 % interval', type: 'text' },
];
const EXIT = { done: 0, regression: 1, badInput: 2 } as const;

/** Measures, prints a table, writes the reports. Returns the exit code. */
export async function evaluate(
  options: EvaluateOptions,
  args: readonly string[],
  { env, now }: { readonly env: Env; readonly now: Date },
  terminal: Terminal,
): Promise<number> {
  try {
    const before = options.against === undefined ? undefined : readReport(options.against, options.kind);
    const findings = await measure(options, env, progressLine(terminal.err));
    const report = reportOf(options, args, now, findings);
    write(options.json, `${JSON.stringify(report, null, 1)}\n`);
    write(options.html, htmlReport(report));
    terminal.out(summary(report));
    return before ? compared(report, before, terminal) : EXIT.done;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    terminal.err(`${error.message}\n`);
    return EXIT.badInput;
  }
}

function reportOf(options: EvaluateOptions, args: readonly string[], now: Date, findings: Findings): EvaluationReport {
  const command = ['npm run memori --', ...args].join(' ').replace(/(:\/\/[^:@/\s]*:)[^@\s]*@/g, '$1***@');
  const { n, skipped, metrics, items, facts, vectors } = findings;
  const made = { kind: options.kind, command, commit: commitHere(), date: now.toISOString() };
  const ofMemory = { ...(facts !== undefined && { facts }), ...(vectors !== undefined && { vectors }) };
  return { ...made, ...ofMemory, n, skipped, metrics, items };
}

function commitHere(): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: __dirname, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function write(file: string | undefined, text: string): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function summary(report: EvaluationReport): string {
  const rows = Object.entries(report.metrics).map(([name, { value, low, high }]) => [
    name,
    figure(value),
    `${figure(low)} – ${figure(high)}`,
  ]);
  const failed = report.items.filter(({ ok }) => !ok).length;
  const table = tableOf(COLUMNS, rows);
  const facts = report.facts === undefined ? '' : `, facts: ${report.facts}`;
  const vectors = report.vectors === undefined ? '' : `, vectors: ${report.vectors}`;
  return `${table}\n${report.n} cases, ${report.skipped.length} skipped, ${failed} failed${facts}${vectors}\n`;
}

function compared(report: EvaluationReport, before: EvaluationReport, { out }: Terminal): number {
  const regressions = regressionsOf(report, before);
  for (const { metric, before: old, now } of regressions)
    out(
      `regression: ${metric} was ${figure(old.value)} (${figure(old.low)} – ${figure(old.high)}), is ${figure(now.value)}\n`,
    );
  if (regressions.length === 0) out('no regression against the earlier report\n');
  return regressions.length > 0 ? EXIT.regression : EXIT.done;
}
