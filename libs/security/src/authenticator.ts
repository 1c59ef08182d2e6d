import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { DomainError } from '@memori/errors';
import { hasRole, type Principal, type Role } from '@memori/scope';
import { actedForUser, bearerToken, hashOfKey, sameHash, UnauthenticatedError } from './bearer';
import { KeyMaterial } from './key-material';
import { Users } from './users';

interface KeyRow {
  id: string;
  tenant_id: string;
  user_id: string;
  roles: Role[];
  may_act_for: boolean;
}

/** Who holds the administrator's key. */
const ADMINISTRATOR: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};

/** Turns the headers of a request into the principal that it speaks for. */
@Injectable()
export class Authenticator {
  private readonly adminHash: Buffer;

  constructor(
    keys: KeyMaterial,
    private readonly database: Database,
    private readonly users: Users,
  ) {
    this.adminHash = hashOfKey(keys.adminKey);
  }

  async authenticate(authorization: string | undefined, actFor: string | undefined): Promise<Principal> {
    const holder = await this.holderOf(bearerToken(authorization));
    return actFor === undefined ? holder.principal : this.actingFor(holder, actedForUser(actFor));
  }

  private async holderOf(token: string): Promise<{ principal: Principal; mayActFor: boolean }> {
    const hash = hashOfKey(token);
    if (sameHash(hash, this.adminHash)) return { principal: ADMINISTRATOR, mayActFor: true };
    // Asked every time and cached nowhere: a revoked key must not work once more on any instance.
    const [row] = await this.database.call<KeyRow>('SELECT * FROM memori.find_api_key($1)', [hash]);
    if (!row) throw new UnauthenticatedError('This key is unknown, expired or revoked.');
    const principal = {
      tenantId: row.tenant_id,
      userId: row.user_id,
      roles: row.roles,
      apiKeyId: row.id,
      actedBy: null,
    };
    return { principal, mayActFor: row.may_act_for || hasRole(principal, 'administrator') };
  }

  private async actingFor(holder: { principal: Principal; mayActFor: boolean }, userId: string): Promise<Principal> {
    const { principal } = holder;
    if (userId === principal.userId) return principal;
    if (!holder.mayActFor) throw new ActingForNotAllowedError();
    await this.users.welcome(principal.tenantId, userId);
    return { ...principal, userId, actedBy: principal.userId };
  }
}

/** The key speaks for its own user alone. */
export class ActingForNotAllowedError extends DomainError {
  constructor() {
    super(
      'forbidden',
      'acting-for-not-allowed',
      'This key may not act for other users: it was made without "mayActFor". Leave out X-Memori-User.',
    );
  }
}
