import type { FastifyReply } from 'fastify';

/** Fires when the client hung up before it had its answer, or when `also` fires first: the process stops, say. */
export function lostConnection(reply: FastifyReply, also?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  // Not AbortSignal.any(): on Node 20 a signal that lives as long as the process remembers each one made of it.
  const stop = () => controller.abort(also?.reason);
  if (also?.aborted) stop();
  also?.addEventListener('abort', stop, { once: true });
  const closed = () => {
    also?.removeEventListener('abort', stop);
    if (!raw.writableFinished) controller.abort(new Error('The client hung up.'));
  };
  if (raw.closed) closed();
  else raw.once('close', closed);
  return controller.signal;
}
