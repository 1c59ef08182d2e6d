import { appendFileSync, existsSync } from 'node:fs';
import { InputError, readRecords, type InputRecord } from '@memori/golds';
import type { Said, Usage } from './said';

/** The fields of `memori-answer-1` that a completion given as an object may leave out. */
const UNUSED = {
  sql: null,
  explanation: null,
  assumptions: null,
  clarificationQuestion: null,
  clarificationOptions: null,
  refusalReason: null,
};

/**
 * Completions by key, from JSON lines `{ key, completion, usage?, stopReason? }`. `completion` is what the model said:
 * its text, or the object in it, whose unused fields may be left out. `record` appends to such a file.
 */
export class Completions {
  private constructor(
    private readonly file: string,
    private readonly byKey: Map<string, Said>,
  ) {}

  static read(file: string): Completions {
    return new Completions(file, new Map(readRecords([file]).map(completionOf)));
  }

  /** As read, or none yet where there is no such file. */
  static open(file: string): Completions {
    return existsSync(file) ? Completions.read(file) : new Completions(file, new Map());
  }

  find(key: string): Said | undefined {
    return this.byKey.get(key);
  }

  /** Kept in the file at once: what was paid for is not lost when the rest fails. */
  keep(key: string, said: Said, more: Readonly<Record<string, unknown>>): void {
    this.byKey.set(key, said);
    const { text: completion, stopReason, usage } = said;
    try {
      appendFileSync(this.file, `${JSON.stringify({ key, ...more, completion, stopReason, usage })}\n`);
    } catch (error) {
      throw new InputError(`${this.file} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
    }
  }
}

function completionOf({ fields, place }: InputRecord): [string, Said] {
  const { key, completion, usage, stopReason } = fields;
  if (typeof key !== 'string' || key === '') throw new InputError(`${place}: "key" is missing.`);
  const text = textOf(completion);
  if (text === undefined)
    throw new InputError(`${place}: "completion" is to be what the model said, as text or as the object in it.`);
  const said = { text, stopReason: typeof stopReason === 'string' ? stopReason : 'end_turn' };
  return [key, isUsage(usage) ? { ...said, usage } : said];
}

function textOf(completion: unknown): string | undefined {
  if (typeof completion === 'string') return completion;
  if (typeof completion !== 'object' || completion === null || Array.isArray(completion)) return undefined;
  return JSON.stringify({ ...UNUSED, ...completion });
}

function isUsage(value: unknown): value is Usage {
  const { input_tokens: input, output_tokens: output } = (value ?? {}) as Partial<Usage>;
  return Number.isSafeInteger(input) && Number.isSafeInteger(output);
}
