/** DomainError and its problem+json form. Knows no HTTP framework. */
export { ERROR_CODES, type ErrorCode } from './codes';
export { DomainError, type ErrorFacts, type ErrorKind, type FieldError } from './domain-error';
export {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  UnreadableRequestError,
} from './common-errors';
export { problemOf, type Problem } from './problem';
