import { type AnswerHead, answerJson, hasEnded, NO_TIMINGS, NO_USAGE } from './answer';
import { hashBody } from './idempotency-keys';

const ANSWER: AnswerHead = {
  id: 'q',
  sessionId: 's',
  dataSourceId: 'd',
  status: 'answered',
  question: '多少？',
  memories: [],
  usage: NO_USAGE,
  budget: [],
  timings: NO_TIMINGS,
  createdAt: '2026-01-01T00:00:00Z',
};

it('splices rows into an answer as they are', () => {
  const json = answerJson({ answer: ANSWER, rows: ['[1.10]', '["x"]'] });

  expect(json).toContain('"rows":[[1.10],["x"]]}');
  expect(JSON.parse(json)).toEqual({ ...ANSWER, rows: [[1.1], ['x']] });
  expect(JSON.parse(answerJson({ answer: ANSWER, rows: undefined }))).toEqual(ANSWER);
});

it('knows which states are final', () => {
  expect((['queued', 'running'] as const).some(hasEnded)).toBe(false);
  expect((['answered', 'clarification', 'refused', 'failed', 'cancelled'] as const).every(hasEnded)).toBe(true);
});

it('takes bodies for the same whatever the order of their fields', () => {
  expect(hashBody({ a: 1, b: [1, 2], c: undefined })).toEqual(hashBody({ b: [1, 2], a: 1 }));
  expect(hashBody({ a: 1 })).not.toEqual(hashBody({ a: '1' }));
  expect(hashBody({ a: 1 })).not.toEqual(hashBody({ a: 2 }));
});
