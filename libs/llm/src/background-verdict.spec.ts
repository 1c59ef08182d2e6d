import { DomainError } from '@memori/errors';
import { judgeFailure } from './background-verdict';
import { replyInvalid, requestTooExpensive } from './llm-errors';
import { MustWaitError } from './must-wait.error';

const wait = (retryAfterMs: number, countsAsAttempt: boolean) =>
  new MustWaitError({ reason: 'overloaded', retryAfterMs, countsAsAttempt, message: 'Busy.' });
const exhausted = new DomainError('limit', 'budget-exhausted', 'Used up.', {
  limitSource: 'user/day',
  retryAfterMs: 7_200_000,
});
const at = (attempts: number) => ({ attempts, mostAttempts: 3, random: 0 });

describe('judgeFailure', () => {
  it.each([
    ['a wait that counts', wait(5000, true), 0, { kind: 'wait', delayMs: 5000, counts: true }],
    ['a wait that counts, the last time', wait(5000, true), 2, { kind: 'fail' }],
    [
      'a wait that does not count, however often',
      wait(5000, false),
      99,
      { kind: 'wait', delayMs: 5000, counts: false },
    ],
    ['a wait of no time', wait(0, false), 0, { kind: 'wait', delayMs: 1000 }],
    ['a used-up budget', exhausted, 99, { kind: 'wait', delayMs: 7_200_000, counts: false }],
    ['a prompt too long for one call', requestTooExpensive(9000, 8000), 0, { kind: 'fail' }],
    ['a reply of no use', replyInvalid('prose', 'Prose.'), 0, { kind: 'wait', counts: true }],
    [
      'a refusal',
      new DomainError('bad-upstream', 'provider-refused', 'No.', { retryable: false }),
      0,
      { kind: 'fail' },
    ],
    ['a bug', new TypeError('x is not a function'), 0, { kind: 'wait', counts: true, problem: { code: 'internal' } }],
    ['a bug that stays', new TypeError('x is not a function'), 2, { kind: 'fail', problem: { code: 'internal' } }],
  ])('%s', (_, error, attempts, verdict) => {
    expect(judgeFailure(error, at(attempts))).toMatchObject(verdict);
  });

  it('tells nothing of a bug to people', () => {
    const { problem } = judgeFailure(new Error('secret text'), at(0));

    expect(problem.message).not.toContain('secret');
  });
});
