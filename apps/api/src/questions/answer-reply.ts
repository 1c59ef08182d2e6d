import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerJson, type AskOutcome } from '@memori/text2sql';
import { sendJsonText, setLocation } from '../http/answers';
import { sendProblem } from '../http/problem.filter';

/** How soon to look again when the line says nothing better, in seconds. */
const LOOK_AGAIN_SECONDS = 1;

/** The answer to a POST: 200 when it is one, 202 while there is none, the problem's own status when it failed. */
export function sendOutcome(request: FastifyRequest, reply: FastifyReply, outcome: AskOutcome): void {
  const { answer, replayed } = outcome;
  if (replayed) void reply.header('idempotency-replayed', 'true');
  if (answer.status === 'failed' || answer.status === 'cancelled') {
    if (answer.error) return sendProblem(reply, { ...answer.error, instance: request.id });
  }
  if (answer.status === 'queued' || answer.status === 'running') return sendAccepted(reply, outcome);
  sendJsonText(reply, 200, answerJson(outcome));
}

function sendAccepted(reply: FastifyReply, outcome: AskOutcome): void {
  const { id, queue } = outcome.answer;
  setLocation(reply, 'questions', id);
  const seconds = queue ? Math.min(60, Math.max(1, Math.ceil(queue.estimatedWaitMs / 1000))) : LOOK_AGAIN_SECONDS;
  void reply.header('retry-after', String(seconds));
  sendJsonText(reply, 202, answerJson(outcome));
}
