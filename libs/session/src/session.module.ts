import { Module } from '@nestjs/common';
import { LiveSessions } from './live-sessions';
import { SessionImport } from './session-import';
import { SessionRepository } from './session.repository';
import { Sessions } from './sessions.service';

/** Sessions and their turns. Database, security and configuration are global. */
@Module({ providers: [Sessions, SessionImport, SessionRepository, LiveSessions], exports: [Sessions, SessionImport] })
export class SessionModule {}
