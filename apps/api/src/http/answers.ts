import type { FastifyReply } from 'fastify';

/** Sets where a new thing is. Its parts are encoded; the caller names them in order. */
export function setLocation(reply: FastifyReply, ...parts: string[]): void {
  void reply.header('location', `/v1/${parts.map(encodeURIComponent).join('/')}`);
}

/** Sends text that is JSON already. */
export function sendJsonText(reply: FastifyReply, status: number, text: string): void {
  void reply.status(status).header('content-type', 'application/json; charset=utf-8').send(text);
}
