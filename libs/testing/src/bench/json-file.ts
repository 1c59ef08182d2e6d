import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** What `--json FILE` gets: the figures, when and on what they were measured. */
export function writeJson(file: string | undefined, bench: string, figures: object): void {
  if (file === undefined) return;
  const machine = { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown', node: process.version };
  const content = { bench, at: new Date().toISOString(), machine, ...figures };
  writeFileSync(file, `${JSON.stringify(content, (_, value: unknown) => plain(value), 2)}\n`);
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
