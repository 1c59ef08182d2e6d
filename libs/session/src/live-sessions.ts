import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Env } from '@memori/config';
import type { SessionRecord, Turn } from './session.types';

/** The most recent turns of a session, as they were at `version`. */
export interface LiveSession {
  readonly version: number;
  readonly turns: readonly Turn[];
  /** False: the session has older turns than these. */
  readonly isWhole: boolean;
}

/** Turns that a live session holds at most. Whoever wants more reads the table. */
export const LIVE_TURNS = 30;
/** A few sessions with huge turns must not hold the memory of a thousand ordinary ones. */
const MAX_LIVE_CHARACTERS = 400_000;

/** Sessions in use, least recently used out first. Whatever is found here is compared with the version in the database. */
@Injectable()
export class LiveSessions {
  private readonly sessions: LRUCache<string, LiveSession>;

  constructor(env: Env) {
    this.sessions = new LRUCache({ max: env.MEMORI_SESSION_CACHE_SIZE });
  }

  /** The last `count` turns, when exactly the state that `session` tells of is held. */
  find(session: SessionRecord, count: number): readonly Turn[] | undefined {
    const live = this.sessions.get(keyOf(session));
    if (live?.version !== session.version) return undefined;
    if (live.turns.length < count && !live.isWhole) return undefined;
    return count === 0 ? [] : live.turns.slice(-count);
  }

  keep(session: SessionRecord, live: LiveSession): void {
    const kept = live.turns.slice(-LIVE_TURNS);
    const characters = kept.reduce((sum, turn) => sum + turn.content.length, 0);
    if (characters > MAX_LIVE_CHARACTERS) this.sessions.delete(keyOf(session));
    else
      this.sessions.set(keyOf(session), {
        ...live,
        turns: kept,
        isWhole: live.isWhole && kept.length === live.turns.length,
      });
  }

  drop(session: Pick<SessionRecord, 'id' | 'tenantId' | 'userId'>): void {
    this.sessions.delete(keyOf(session));
  }

  get size(): number {
    return this.sessions.size;
  }
}

/** Ids are unique by themselves; tenant and user stand in the key so that a mistake elsewhere finds nothing. */
function keyOf({ tenantId, userId, id }: Pick<SessionRecord, 'id' | 'tenantId' | 'userId'>): string {
  return JSON.stringify([tenantId, userId, id]);
}
