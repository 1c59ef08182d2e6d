import { WORK_STATES } from '@memori/queue';
import { flag, integer, object, oneOfTexts, orNull, text, time, type Properties } from '../schema';

/** Work that failed, or waits. */
export const jobSchemas: Properties = {
  Job: object('A piece of work: what it is and how it failed, never what it holds.', {
    id: text('Its id; of a question the question’s.'),
    kind: text('`question`, `background`, `queue-job`, `webhook` …', 'question'),
    state: oneOfTexts('Where it stands.', WORK_STATES),
    attempts: integer('How often it was tried.'),
    code: orNull(text('The stable code of its last failure.', 'provider-overloaded')),
    message: orNull(text('The failure for people; quoted values are masked.')),
    createdAt: time('When it came to be, or was taken up again.'),
    failedAt: orNull(time('When it was given up.')),
    retryable: flag('Whether a retry is offered.'),
  }),
};
