import type { FastifyReply } from 'fastify';

/** Fires when the client hung up before it had its answer. */
export function lostConnection(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new Error('The client hung up.'));
  });
  return controller.signal;
}
