import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { InvalidRequestError } from '@memori/errors';
import { Clock, DEFAULT_NAMESPACE, type Principal, userScopeOf } from '@memori/scope';
import { parseMoment, Sessions } from '@memori/session';
import type { SearchRequest } from './memory.types';
import type { Reader } from './recall-rules';
import { ANY_TIME, type QuestionTime, questionTime } from './time-frames';

interface Tenant {
  readonly timeZone: string;
  readonly createdAtMs: number;
}

/** From where and when somebody looks: his scope, the moment, and the zone in which he says "yesterday". */
@Injectable()
export class RecallStandpoint {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly env: Env,
  ) {}

  async of(principal: Principal, request: SearchRequest): Promise<Reader> {
    const moment = await this.momentOf(principal, request);
    if (request.sessionId == null)
      return {
        ...userScopeOf(principal),
        namespace: request.namespace ?? DEFAULT_NAMESPACE,
        isolated: false,
        ...moment,
      };
    const defaults = { namespace: request.namespace ?? DEFAULT_NAMESPACE };
    const session = await this.sessions.reach(principal, request.sessionId, defaults);
    if (request.namespace != null && request.namespace !== session.namespace) throw otherNamespace();
    const { namespace, isolated, id: sessionId } = session;
    return { ...userScopeOf(principal), namespace, isolated, sessionId, onlyOwnTurns: true, ...moment };
  }

  /** What a question says about when. The zone is looked up only where there is something to be read in it. */
  async timeOf(reader: Reader, question: string, timeZone?: string | null): Promise<QuestionTime> {
    const { defaultTimeZone } = this;
    const read = questionTime(question, reader.atMs, timeZone ?? defaultTimeZone);
    if (timeZone != null || read.frames.length === 0)
      return read.frames.length + read.anchors.length > 0 ? read : ANY_TIME;
    const tenant = await this.tenant(reader.tenantId);
    // 'UTC' is what every tenant begins with: it says nothing that the configuration could not say better.
    const own = tenant && tenant.timeZone !== 'UTC' ? tenant.timeZone : defaultTimeZone;
    return own === defaultTimeZone ? read : questionTime(question, reader.atMs, own);
  }

  private get defaultTimeZone(): string {
    return this.env.MEMORI_DEFAULT_TIMEZONE;
  }

  private async momentOf({ tenantId }: Principal, { asOf }: SearchRequest) {
    const atMs = parseMoment(asOf)?.getTime();
    if (atMs === undefined) return { atMs: this.clock.nowMs() };
    return { atMs, onlyKnownThen: true, keptSinceMs: (await this.tenant(tenantId))?.createdAtMs };
  }

  private async tenant(id: string): Promise<Tenant | undefined> {
    const [row] = await this.database.call<Tenant>(
      `SELECT time_zone AS "timeZone", extract(epoch FROM created_at)::float8 * 1000 AS "createdAtMs"
       FROM memori.tenants WHERE id = $1`,
      [id],
    );
    return row;
  }
}

function otherNamespace(): InvalidRequestError {
  const message = 'is not the namespace of the session; leave it out';
  return new InvalidRequestError(`"namespace" ${message}.`, [{ pointer: '/namespace', message }]);
}
