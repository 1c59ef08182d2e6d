import { ERROR_CODES } from '@memori/errors';
import { flag, integer, list, object, oneOfTexts, ref, text, time, type Properties, type Schema } from '../schema';

/** What every error looks like. */
export const problemSchemas: Properties = {
  FieldError: object('One wrong place in a body.', {
    pointer: text('A JSON pointer to it.', '/question'),
    message: text('What is wrong there.', 'must be a string'),
  }),
  Violation: object(
    'One thing in the SQL that is not allowed.',
    {
      code: text('A stable code.', 'function-not-allowed'),
      message: text('What it is, and what to write instead.'),
      position: integer('Where it stands in the SQL, in characters, from 1.'),
      candidates: list('Names that could have been meant.', { type: 'string' }),
    },
    ['position', 'candidates'],
  ),
  Problem: open(
    'An error after RFC 9457. Match on `code`; new codes are added, none changes its meaning. Some carry further facts.',
    {
      type: text('A URI of the kind of problem.', 'urn:memori:problem:invalid-request'),
      title: text('The name of the status.', 'Unprocessable Entity'),
      status: integer('The HTTP status.', 422),
      code: oneOfTexts('What went wrong, stable.', ERROR_CODES),
      detail: text('What is wrong, where, and what to do.'),
      instance: text('The id of the request.'),
      errors: list('Each wrong place.', ref('FieldError')),
      violations: list('What the SQL guard refused.', ref('Violation')),
      questionId: text('The question that failed.'),
      limitSource: text('Whose limit it is: of the request, the user, the provider …'),
      retryable: flag('Whether the same request may succeed later.'),
      retryAfterMs: integer('When to come again.'),
      remaining: integer('What is left of the limit.'),
      resetsAt: time('When the limit starts afresh.'),
      sqlstate: text('PostgreSQL’s code of what went wrong.', '42703'),
      position: integer('Where in the SQL, in characters, from 1.'),
    },
    [
      'sqlstate',
      'position',
      'instance',
      'errors',
      'violations',
      'questionId',
      'limitSource',
      'retryable',
      'retryAfterMs',
      'remaining',
      'resetsAt',
    ],
  ),
};

/** Facts are added as they turn out to be useful. */
function open(...args: Parameters<typeof object>): Schema {
  return { ...object(...args), additionalProperties: true };
}
