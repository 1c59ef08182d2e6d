import type { Principal } from '@memori/scope';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Null until the key was read, and outside /v1. */
    principal: Principal | null;
  }

  interface FastifyContextConfig {
    /** Most bytes that a body of this route may have, when it is not the usual 1 MiB. */
    bodyLimit?: number;
    /** Whether the route reads NDJSON line by line. */
    takesLines?: boolean;
    /** Whether the route takes a plain text, or Markdown, as it is. */
    takesText?: boolean;
  }
}
