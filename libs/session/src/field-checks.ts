import { type FieldError, InvalidRequestError } from '@memori/errors';
import { characterCount, textFault } from '@memori/text';
import { parseMoment } from './moments';

/** Collects what is wrong with a body, place by place, and refuses it as a whole. */
export class FieldChecks {
  private readonly errors: FieldError[] = [];

  add(pointer: string, message: string): void {
    this.errors.push({ pointer, message });
  }

  /** A text that PostgreSQL can keep, of `min` to `max` characters. */
  text(pointer: string, value: unknown, max: number, min = 1): void {
    if (typeof value !== 'string') return this.add(pointer, 'must be a text');
    const fault = textFault(value);
    if (fault) this.add(pointer, fault);
    else if (characterCount(value) > max) this.add(pointer, `must have at most ${max} characters`);
    else if (characterCount(value) < min) this.add(pointer, 'must not be empty');
  }

  /** The same, unless the value is null or left out. */
  optionalText(pointer: string, value: unknown, max: number, min = 1): void {
    if (value != null) this.text(pointer, value, max, min);
  }

  integer(pointer: string, value: unknown, min: number, max: number): void {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
    this.add(pointer, `must be a whole number from ${min} to ${max}`);
  }

  optionalMoment(pointer: string, value: unknown): void {
    if (value != null && !parseMoment(value)) this.add(pointer, 'must be a date and time such as 2024-02-29T13:00:00Z');
  }

  get all(): readonly FieldError[] {
    return this.errors;
  }

  throwIfAny(): void {
    const [first] = this.errors;
    if (!first) return;
    const place = first.pointer === '' ? 'The body' : `"${first.pointer}"`;
    throw new InvalidRequestError(`${place} ${first.message}.`, this.errors.slice(0, MAX_REPORTED));
  }
}

/** A batch of a thousand wrong turns is not answered by a thousand errors. */
const MAX_REPORTED = 20;
