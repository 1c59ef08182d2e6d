import type { Violation, ViolationCode } from './guard-verdict';
import { MAX_SUGGESTIONS, MAX_VIOLATIONS } from './limits';
import type { Positions } from './source-text';

/** Collects violations in the order of the text, each once. */
export class Findings {
  private readonly found = new Map<string, Violation & { offset: number }>();
  private readonly codes = new Set<ViolationCode>();

  constructor(private readonly positions: Positions) {}

  /** `offset` is libpg-query's byte offset; -1 or undefined where the parser knows none. */
  add(code: ViolationCode, message: string, offset?: number, candidates: string[] = []): void {
    const key = `${code}|${message}`;
    if (this.found.has(key)) return;
    this.codes.add(code);
    const place = offset === undefined || offset < 0 ? {} : { position: this.positions.ofByte(offset) };
    this.found.set(key, { code, message, ...place, ...(candidates.length > 0 && { candidates }), offset: offset ?? 0 });
  }

  /** Nothing more is worth finding. */
  get isFull(): boolean {
    return this.found.size >= MAX_VIOLATIONS || this.has('too-complex');
  }

  /** Whether a violation still gets suggestions. */
  get mayBeSuggested(): boolean {
    return this.found.size < MAX_SUGGESTIONS;
  }

  has(code: ViolationCode): boolean {
    return this.codes.has(code);
  }

  list(): Violation[] {
    const sorted = [...this.found.values()].sort((a, b) => a.offset - b.offset).slice(0, MAX_VIOLATIONS);
    return sorted.map(({ offset: _, ...violation }) => violation);
  }
}
