import { ConflictError, DomainError, NotFoundError } from '@memori/errors';

export class SessionExpiredError extends DomainError {
  constructor(ref: string) {
    super('gone', 'session-expired', `The session "${ref}" has expired; open a new one.`);
  }
}

export class SessionArchivedError extends ConflictError {
  constructor(ref: string) {
    super(`The session "${ref}" is archived and takes no new turns; restore it first.`);
  }
}

export class SessionNotFoundError extends NotFoundError {
  constructor(ref: string) {
    super('session', ref);
  }
}
