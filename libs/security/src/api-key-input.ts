import { InvalidRequestError, type FieldError } from '@memori/errors';
import { ROLES, type Role } from '@memori/scope';
import { isUserId, MAX_USER_ID_LENGTH } from './bearer';

/** What a caller says about the key that he wants. */
export interface ApiKeyInput {
  readonly name: string;
  readonly userId: string;
  readonly roles?: readonly string[];
  readonly tenantId?: string;
  readonly mayActFor?: boolean;
  readonly expiresAt?: string;
}

/** The same, complete and right. */
export interface CheckedApiKey {
  readonly name: string;
  readonly userId: string;
  readonly roles: Role[];
  readonly mayActFor: boolean;
  readonly expiresAt: Date | null;
}

export function checkedApiKey(input: ApiKeyInput, now: Date): CheckedApiKey {
  const roles = [...new Set(input.roles ?? ['member'])];
  const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
  const errors = [...wrongRoles(roles), ...wrongUser(input.userId), ...wrongExpiry(expiresAt, now)];
  if (errors.length > 0) throw new InvalidRequestError('The key cannot be made as described.', errors);
  return {
    name: input.name,
    userId: input.userId,
    roles: roles as Role[],
    mayActFor: input.mayActFor ?? false,
    expiresAt,
  };
}

function wrongRoles(roles: string[]): FieldError[] {
  const unknown = roles.some((role) => !(ROLES as readonly string[]).includes(role));
  if (roles.length > 0 && !unknown) return [];
  return [{ pointer: '/roles', message: `must be a set of ${ROLES.join(', ')}` }];
}

function wrongUser(userId: string): FieldError[] {
  if (isUserId(userId)) return [];
  return [
    {
      pointer: '/userId',
      message: `must be 1 to ${MAX_USER_ID_LENGTH} characters, none of them a control character, and not "*"`,
    },
  ];
}

function wrongExpiry(expiresAt: Date | null, now: Date): FieldError[] {
  if (expiresAt === null || expiresAt.getTime() > now.getTime()) return [];
  return [{ pointer: '/expiresAt', message: 'must lie in the future' }];
}
