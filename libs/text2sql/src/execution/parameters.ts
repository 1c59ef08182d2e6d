import { InvalidRequestError } from '@memori/errors';
import type { WireParameter } from './extended-query';

/** A value to bind, and the name of its type. It is never written into the SQL. */
export interface SqlParameter {
  readonly value: string | null;
  readonly type: string;
}

const TYPE_IDS: Record<string, number> = {
  text: 25,
  bigint: 20,
  numeric: 1700,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  boolean: 16,
};

const INT4_MAX = 2_147_483_647;

/** An integer that fits is bound as int4, which every function that takes an int8 takes as well; not so the reverse. */
export function wireParameter({ value, type }: SqlParameter): WireParameter {
  if (type === 'integer') return { value, typeId: Math.abs(Number(value ?? 0)) <= INT4_MAX ? 23 : 20 };
  const typeId = TYPE_IDS[type];
  if (typeId === undefined) throw new InvalidRequestError(`"${type}" is not a type that a parameter can have.`);
  return { value, typeId };
}
