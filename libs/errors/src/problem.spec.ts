import { NotFoundError } from './common-errors';
import { DomainError, type ErrorKind } from './domain-error';
import { problemOf } from './problem';

describe('problemOf', () => {
  it('gives a domain error its status, its code and its facts', () => {
    const error = new DomainError('limit', 'budget-exhausted', 'Nothing is left today.', {
      remaining: 0,
      retryable: false,
    });

    expect(problemOf(error, 'request-1')).toEqual({
      type: 'urn:memori:problem:budget-exhausted',
      title: 'Too Many Requests',
      status: 429,
      code: 'budget-exhausted',
      detail: 'Nothing is left today.',
      instance: 'request-1',
      remaining: 0,
      retryable: false,
    });
  });

  it('lets no fact overwrite the status or the code', () => {
    const error = new DomainError('invalid', 'invalid-request', 'No.', { status: 200, code: 'fine', type: 'x' });

    expect(problemOf(error)).toMatchObject({
      status: 422,
      code: 'invalid-request',
      type: 'urn:memori:problem:invalid-request',
    });
  });

  it.each<[ErrorKind, number]>([
    ['unreadable', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 409],
    ['gone', 410],
    ['too-large', 413],
    ['invalid', 422],
    ['limit', 429],
    ['bad-upstream', 502],
    ['unavailable', 503],
    ['timeout', 504],
  ])('answers %s with %i', (kind, status) => {
    expect(problemOf(new DomainError(kind, 'internal', 'x')).status).toBe(status);
  });

  it('tells nothing of an error that is a bug', () => {
    const problem = problemOf(new Error('password=hunter2'), 'request-2');

    expect(problem).toMatchObject({ status: 500, code: 'internal', instance: 'request-2' });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  it('says of a foreign id what it says of an unknown one', () => {
    expect(problemOf(new NotFoundError('session', 'abc'))).toMatchObject({ status: 404, code: 'not-found' });
  });
});
