import { StartError } from '@memori/database';
import { DomainError } from '@memori/errors';
import { describeError } from '@memori/monitoring';

/** What a person needs to know when the start fails: one message, and a stack only when it is our own mistake. */
export function explainFailure(error: unknown): string {
  return `\nMemori cannot start.\n\n${indented(messageOf(error))}\n\n`;
}

function messageOf(error: unknown): string {
  if (isKnown(error)) return error.message;
  const port = portInUse(error);
  if (port !== undefined)
    return `Port ${port} is taken by another program. Set MEMORI_PORT to a free one, as in: MEMORI_PORT=3001 npm start`;
  const { message, stack } = describeError(error);
  return `${message}\n${stack ?? ''}`;
}

function isKnown(error: unknown): error is Error {
  if (error instanceof StartError || error instanceof DomainError) return true;
  return error instanceof Error && error.message.startsWith('Invalid environment:');
}

function portInUse(error: unknown): number | string | undefined {
  const { code, port, address } = (error ?? {}) as { code?: string; port?: number; address?: string };
  return code === 'EADDRINUSE' ? (port ?? address) : undefined;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
