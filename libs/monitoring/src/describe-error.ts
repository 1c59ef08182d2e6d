import { DomainError } from '@memori/errors';

/** An error as a log may show it. */
export interface ErrorDescription {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/** Errors of errors of errors tell nothing new after a few steps, and a circle would never end. */
const MAX_CAUSES = 4;

/**
 * PostgreSQL, JSON.parse and others quote what they were given: values of rows, SQL literals, whole prompts. So every
 * quoted passage is masked, DETAIL and HINT are never read, and of the stack only the frames are kept.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is no Error was thrown' };
  const cause = error.cause !== undefined && depth < MAX_CAUSES ? describeError(error.cause, depth + 1) : undefined;
  const code = codeOf(error);
  const stack = error instanceof DomainError ? undefined : framesOf(error);
  return {
    type: error.name,
    ...(code && { code }),
    message: maskQuoted(error.message),
    ...(stack && { stack }),
    ...(cause && { cause }),
  };
}

/** Replaces each passage in quotes by an ellipsis. An unclosed quote hides the rest of the text. */
export function maskQuoted(text: string): string {
  return text
    .replace(/'(?:[^']|'')*(?:'|$)/g, "'…'")
    .replace(/"(?:[^"\\]|\\.)*(?:"|$)/g, '"…"')
    .replace(/`[^`]*(?:`|$)/g, '`…`');
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.slice(0, 12).join('\n');
}
