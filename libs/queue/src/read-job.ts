import { UnrecoverableError } from 'bullmq';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

type Payload<T> = new () => T;

/** The checked payload of a job. A malformed one will not become better: it fails for good, and names no value. */
export function readJob<T extends object>(payload: Payload<T>, job: { name: string; data?: unknown }): T {
  const data = job.data ?? {};
  if (typeof data !== 'object' || Array.isArray(data))
    throw new UnrecoverableError(`Job "${job.name}" has no object as payload.`);
  const read = plainToInstance(payload, data);
  const failures = validateSync(read, { whitelist: true, forbidUnknownValues: false });
  const wrong = failures.flatMap((failure) => Object.values(failure.constraints ?? {}));
  if (wrong.length > 0) throw new UnrecoverableError(`Job "${job.name}" has a malformed payload: ${wrong.join('; ')}.`);
  return read;
}
