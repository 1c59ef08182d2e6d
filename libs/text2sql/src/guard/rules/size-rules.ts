import { MAX_MADE_TEXT, MAX_REPEAT, MAX_TREE_DEPTH } from '../limits';
import type { PlacedCall, Resolution } from '../names/resolution';
import type { Scope } from '../names/scope';
import {
  as,
  childrenOf,
  fieldsOf,
  listOf,
  namesIn,
  offsetOf,
  textOf,
  unwrap,
  type Fields,
  type TypedNode,
} from '../tree/pg-node';
import { Magnitudes } from './magnitude';
import { seriesProblem } from './series-rules';

/** Calls that make much out of little, with the place of the argument that says how much. */
const AMPLIFIERS = new Map([
  ['repeat', 1],
  ['lpad', 1],
  ['rpad', 1],
]);

/**
 * `repeat('x', 1000000000)` costs the database a gigabyte before any timeout looks. What makes text or rows by a number
 * is allowed where that number is a moderate constant or comes from the data; EXPLAIN, the timeouts and the caps of the
 * executor bound the rest.
 */
export function checkSizes(resolution: Resolution): void {
  for (const placed of resolution.calls) {
    const problem = new SizeRules(resolution, placed).problem();
    if (problem) resolution.findings.add('function-not-allowed', problem, offsetOf(placed.call));
  }
}

class SizeRules {
  private readonly magnitudes: Magnitudes;
  private readonly scope: Scope;
  private readonly call: Fields;

  constructor(resolution: Resolution, placed: PlacedCall) {
    this.magnitudes = new Magnitudes(resolution);
    this.scope = placed.scope;
    this.call = placed.call;
  }

  problem(): string | undefined {
    const name = nameOf(this.call);
    const args = listOf(this.call['args']).map(argumentOf);
    if (AMPLIFIERS.has(name)) return this.amplifier(name, args);
    if (name === 'array_fill') return this.arrayFill(args);
    if (name === 'format') return formatProblem(args[0]);
    return name === 'generate_series' ? seriesProblem(args, this.scope, this.magnitudes) : undefined;
  }

  private amplifier(name: string, args: unknown[]): string | undefined {
    const count = this.magnitudes.of(args[AMPLIFIERS.get(name) ?? 1], this.scope);
    if (!count || count.max > MAX_REPEAT) {
      return `The length given to ${name} must be a constant of at most ${MAX_REPEAT}, or come from a column.`;
    }
    const made = this.textSize({ type: 'FuncCall', fields: this.call }, 0);
    return made > MAX_MADE_TEXT
      ? `This ${name} makes more than ${MAX_MADE_TEXT} characters out of constants.`
      : undefined;
  }

  private arrayFill(args: unknown[]): string | undefined {
    const dimensions = listOf(as('A_ArrayExpr', uncast(args[1]))?.['elements']);
    const sizes = dimensions.map((each) => this.magnitudes.of(each, this.scope));
    const total = sizes.reduce((product, size) => product * (size?.max ?? Infinity), 1);
    if (dimensions.length > 0 && total <= MAX_REPEAT) return undefined;
    return `array_fill needs an ARRAY of constants that come to at most ${MAX_REPEAT} elements.`;
  }

  /** Characters that nested repeats and pads make, where a column counts as one. */
  private textSize(node: TypedNode, depth: number): number {
    if (depth > MAX_TREE_DEPTH) return MAX_MADE_TEXT;
    if (node.type === 'A_Const') return Math.max(1, textOf(fieldsOf(node.fields['sval'])?.['sval'])?.length ?? 1);
    const name = node.type === 'FuncCall' ? nameOf(node.fields) : '';
    const args = listOf(node.fields['args']).map((each) => unwrap(argumentOf(each)));
    const sizes = (nodes: (TypedNode | undefined)[]) =>
      nodes.map((each) => (each ? this.textSize(each, depth + 1) : 1));
    if (name === 'replace') return sizes(args).reduce((product, size) => product * size, 1);
    const at = AMPLIFIERS.get(name);
    if (at === undefined)
      return Math.max(
        1,
        sizes(childrenOf(node)).reduce((sum, size) => sum + size, 0),
      );
    const count = this.magnitudes.of(listOf(node.fields['args'])[at], this.scope)?.max ?? MAX_REPEAT;
    return count * Math.max(1, ...sizes(name === 'repeat' ? args.slice(0, 1) : []));
  }
}

/** `%1000000000s` pads to that width; `%*s` takes the width from an argument. */
function formatProblem(format: unknown): string | undefined {
  const text = fieldsOf(as('A_Const', uncast(format))?.['sval']);
  if (!text) return 'The first argument of format must be a constant text.';
  const widths = [...String(text['sval'] ?? '').matchAll(/%(?:\d+\$)?-?(\*|\d+)/g)].map((match) => match[1]);
  const isWide = widths.some((width) => width === '*' || Number(width) > MAX_REPEAT);
  return isWide ? `A width in format may be at most ${MAX_REPEAT}, written in digits.` : undefined;
}

function nameOf(call: Fields): string {
  return namesIn(call['funcname']).at(-1) ?? '';
}

/** `count => 3` by its value. */
function argumentOf(argument: unknown): unknown {
  return as('NamedArgExpr', argument)?.['arg'] ?? argument;
}

function uncast(value: unknown): unknown {
  return as('TypeCast', value)?.['arg'] ?? value;
}
