import { DomainError, type FieldError } from './domain-error';

export class InvalidRequestError extends DomainError {
  constructor(message: string, errors: readonly FieldError[] = []) {
    super('invalid', 'invalid-request', message, errors.length > 0 ? { errors } : {});
  }
}

/** The body cannot even be read: malformed JSON, a wrong content type. */
export class UnreadableRequestError extends DomainError {
  constructor(message: string) {
    super('unreadable', 'invalid-request', message);
  }
}

export class NotFoundError extends DomainError {
  /** `thing` is a noun for people ("data source"); another tenant's id looks just like an unknown one. */
  constructor(thing: string, id: string) {
    super('not-found', 'not-found', `There is no ${thing} "${id}" that you can see.`);
  }
}

export class ConflictError extends DomainError {
  constructor(message: string) {
    super('conflict', 'conflict', message);
  }
}

export class ForbiddenError extends DomainError {
  constructor(message: string) {
    super('forbidden', 'forbidden', message);
  }
}
