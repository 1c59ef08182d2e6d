import { type FieldError, InvalidRequestError } from '@memori/errors';
import { type OutgoingAddressPolicy, urlFault } from '@memori/security';

/** What can be told of. */
export const EVENT_TYPES = ['budget.alert'] as const;

export interface WebhookInput {
  readonly url: string;
  /** Which events; `*`: all, those that are yet to come included. */
  readonly events?: readonly string[];
}

/** A webhook without its secret. */
export interface WebhookRecord {
  readonly id: string;
  readonly url: string;
  readonly events: string[];
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** A new webhook: its secret is shown this once. */
export interface NewWebhook extends WebhookRecord {
  readonly secret: string;
}

/** Throws an InvalidRequestError that names each wrong field. */
export function checkedWebhook(
  { url, events = ['*'] }: WebhookInput,
  policy: OutgoingAddressPolicy,
): { url: string; events: string[] } {
  const errors: FieldError[] = [];
  const fault = urlFault(url, policy);
  if (fault) errors.push({ pointer: '/url', message: fault });
  if (events.length === 0) errors.push({ pointer: '/events', message: 'must name an event, or * for all' });
  for (const [index, event] of events.entries())
    if (event !== '*' && !(EVENT_TYPES as readonly string[]).includes(event))
      errors.push({ pointer: `/events/${index}`, message: `must be one of ${['*', ...EVENT_TYPES].join(', ')}` });
  if (errors.length > 0)
    throw new InvalidRequestError(
      `The webhook is not as it should be. ${errors[0]?.pointer} ${errors[0]?.message}.`,
      errors,
    );
  return { url: new URL(url).href, events: [...new Set(events)] };
}
