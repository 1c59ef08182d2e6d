import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Lets the server close. Node waits for every connection, also for one that a browser opened ahead and never used,
 * which is no "idle" one in its eyes; so whatever serves no request is cut, and the rest when the grace is over.
 */
export function closeSocketsWith(fastify: FastifyInstance, graceMs: number): void {
  const sockets = new Map<Socket, number>();
  let isClosing = false;
  const server = fastify.server as Server;

  server.on('connection', (socket: Socket) => {
    sockets.set(socket, 0);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (sockets.get(socket) ?? 1) - 1;
      if (sockets.has(socket)) sockets.set(socket, left);
      if (isClosing && left === 0) socket.end();
    });
  });
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    for (const [socket, requests] of sockets) if (requests === 0) socket.destroy();
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
    done();
  });
}
