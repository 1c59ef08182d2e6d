import { parseEnv } from '@memori/config';
import type { Database } from '@memori/database';
import { newId, type Principal } from '@memori/scope';
import { Audit } from '@memori/security';
import { LiveSessions } from './live-sessions';
import { SessionRepository } from './session.repository';
import type { NewTurn } from './session.types';
import { Sessions } from './sessions.service';

/** For tests: sessions as one process holds them, with a cache of its own. */
export function aSessionProcess(database: Database, environment: Record<string, string> = {}) {
  const env = parseEnv(environment);
  const live = new LiveSessions(env);
  return { live, sessions: new Sessions(database, new SessionRepository(database), live, new Audit(database), env) };
}

/** For tests: a user of his own. */
export function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return { tenantId: 'default', userId: newId(), roles: ['member'], apiKeyId: null, actedBy: null, ...overrides };
}

/** For tests: one turn of the user's. */
export function said(content: string, more: Partial<NewTurn> = {}): NewTurn {
  return { role: 'user', content, ...more };
}
