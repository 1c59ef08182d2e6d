import { Module } from '@nestjs/common';
import { LiveSessions } from './live-sessions';
import { SessionRepository } from './session.repository';
import { Sessions } from './sessions.service';

/** Sessions and their turns. Database, security and configuration are global. */
@Module({ providers: [Sessions, SessionRepository, LiveSessions], exports: [Sessions] })
export class SessionModule {}
