import { TURN_ROLES, type TurnRole } from '@memori/session';
import { ChoiceField, FlagField, IntegerField, TextField } from '../openapi/fields';

export class OpenSessionRequest {
  @TextField({
    description: 'Your own id for it, unique among your sessions; `ext:` and this id stands for the session elsewhere.',
    example: 'chat-42',
    optional: true,
    maxLength: 200,
  })
  externalId?: string | null;

  @TextField({
    description: 'What it is about; facts and history stay in their namespace.',
    default: 'default',
    optional: true,
    maxLength: 200,
  })
  namespace?: string | null;

  @TextField({ description: 'A title for people.', example: 'Revenue review', optional: true, maxLength: 500 })
  title?: string | null;

  @IntegerField({ description: 'Life after the last use, in seconds.', optional: true, minimum: 1 })
  ttlSeconds?: number | null;

  @FlagField({
    description: 'It teaches nothing to other sessions and reads nothing from them.',
    default: false,
    optional: true,
  })
  isolated?: boolean | null;
}

/** A JSON merge patch: absent stays, null gives the default back. */
export class ChangeSessionRequest {
  @TextField({ description: 'A title for people.', optional: true, maxLength: 500 })
  title?: string | null;

  @IntegerField({ description: 'Life after the last use, in seconds.', optional: true, minimum: 1 })
  ttlSeconds?: number | null;
}

export class TurnRequest {
  @ChoiceField(TURN_ROLES, { description: 'Who said it.', example: 'user' })
  role: TurnRole;

  @TextField({
    description: 'What was said.',
    example: 'Active customers are those who ordered within 30 days.',
    minLength: 1,
    maxLength: 200_000,
  })
  content: string;

  @TextField({ description: 'The name of the one who said it.', optional: true, maxLength: 200 })
  name?: string | null;

  @TextField({
    description: 'Your own id for it, unique in its session: sent again, it is stored once.',
    optional: true,
    maxLength: 200,
  })
  externalId?: string | null;

  @TextField({ description: 'When it was said; now when left out.', optional: true, format: 'date-time' })
  occurredAt?: string | null;
}
