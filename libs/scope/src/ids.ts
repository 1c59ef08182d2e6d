import { v7, validate } from 'uuid';

/** A UUID of version 7: ids sort by the time they were made, which keeps indexes compact. */
export function newId(): string {
  return v7();
}

export function isId(text: string): boolean {
  return validate(text);
}
