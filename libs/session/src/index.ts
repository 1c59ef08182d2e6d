/** Who is talking, in which session and namespace, and what was said. */
export { EventLoopShare } from './event-loop-share';
export { FieldChecks } from './field-checks';
export { LiveSessions } from './live-sessions';
export { parseMoment } from './moments';
export { SessionArchivedError, SessionExpiredError, SessionNotFoundError } from './session-errors';
export { MAX_NAMESPACE_LENGTH } from './session-input';
export { SessionImport, type Imported, type ImportedSession, type ImportedTurn } from './session-import';
export { SessionRepository } from './session.repository';
export { SessionModule } from './session.module';
export {
  TURN_ROLES,
  type NewTurn,
  type RecordedTurn,
  type ResultShape,
  type SessionInput,
  type SessionPatch,
  type SessionRecord,
  type Turn,
  type TurnRole,
} from './session.types';
export { Sessions } from './sessions.service';
export { MAX_TURN_LENGTH, MAX_TURNS_AT_ONCE } from './turn-input';
