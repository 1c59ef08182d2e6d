import type { FieldError } from '@memori/errors';
import { textFault } from '@memori/text';
import { pointerTo } from './json-pointer';

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
}

/** Own keys by which an object could be given another prototype. */
const POISONOUS_KEYS = new Set(['__proto__']);

/**
 * The first thing in a parsed body that must go no further: text that PostgreSQL or UTF-8 cannot hold, a key that
 * meddles with prototypes, nesting that overruns the stack of whoever walks it. Itself without recursion.
 */
export function faultOf(body: unknown, maxDepth: number): FieldError | undefined {
  const open: Place[] = [{ value: body, path: [] }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, path } = place;
    const message = faultHere(value, path, maxDepth);
    if (message) return { pointer: pointerTo(path.slice(0, maxDepth)), message };
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value))
        if (needsALook(key, inner)) open.push({ value: inner, path: [...path, key] });
    }
  }
  return undefined;
}

function needsALook(key: string, value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null) || badKey(key) !== undefined;
}

function faultHere(value: unknown, path: readonly string[], maxDepth: number): string | undefined {
  if (path.length > maxDepth) return `is nested deeper than ${maxDepth} levels`;
  const key = path.at(-1);
  return (key !== undefined && badKey(key)) || (typeof value === 'string' ? textFault(value) : undefined);
}

function badKey(key: string): string | undefined {
  return POISONOUS_KEYS.has(key) ? 'is not a field' : textFault(key) && 'has a name that is no text';
}
