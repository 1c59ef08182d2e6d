import { ROLES } from '@memori/scope';
import { flag, id, list, object, oneOfTexts, orNull, text, time, type Properties } from '../schema';

const apiKey: Properties = {
  id: id('Its id.'),
  name: text('What it is for.', 'reporting service'),
  prefix: text('The first characters of the key, to recognise it by.', 'mk_3kP0aZ7q'),
  roles: list('What it may do.', oneOfTexts('A role.', ROLES)),
  tenantId: text('The tenant that it belongs to.', 'default'),
  userId: text('The user that it speaks for.', 'reporting'),
  mayActFor: flag('Whether it may name another user in `X-Memori-User`.'),
  createdAt: time('When it was made.'),
  expiresAt: orNull(time('When it ends by itself; null: never.')),
};

const webhook: Properties = {
  id: id('Its id.'),
  url: text('Where events are sent.', 'https://hooks.example.com/memori'),
  events: list('Which events; `*`: all.', text('The type of an event.', 'budget.alert')),
  createdBy: text('Who made it.', 'admin'),
  createdAt: time('When.'),
};

/** What administrators see. */
export const adminSchemas: Properties = {
  Me: object('Who the key speaks for.', {
    tenantId: text('The tenant.', 'default'),
    userId: text('The user.', 'admin'),
    roles: list('What the key may do.', oneOfTexts('A role.', ROLES)),
    actedBy: orNull(text('The user whose key acts for `userId`; null when nobody does.')),
  }),
  Tenant: object('An organisation that sees nothing of the others.', {
    id: text('Its id.'),
    name: text('Its name.', 'Bohnen & Söhne'),
    timeZone: text('The time zone of askers who name none.', 'Europe/Berlin'),
    language: orNull(text('The language of answers when the request names none; null: that of the question.', 'de')),
    createdAt: time('When it was made.'),
  }),
  ApiKey: object('A key, without the key.', apiKey),
  NewApiKey: object('A new key, shown this once.', {
    ...apiKey,
    key: text('The key. It is stored as a hash and cannot be shown again.'),
  }),
  Webhook: object('Who is told of events.', webhook),
  NewWebhook: object('A new webhook; its secret is shown this once.', {
    ...webhook,
    secret: text('Signs what is sent, whole as it is here. It is kept encrypted and cannot be shown again.'),
  }),
  AuditEntry: object('Who did what.', {
    id: text('Rises with time.', '1042'),
    at: time('When.'),
    userId: text('Who.'),
    actedBy: orNull(text('Whose key it was, when somebody acted for the user.')),
    apiKeyId: orNull(text('The key; null for the administrator’s.')),
    action: text('What was done.', 'api-key.create'),
    subjectType: orNull(text('To what kind of thing.', 'api-key')),
    subjectId: orNull(text('To which one.')),
    requestId: orNull(text('In which request.')),
    details: {
      type: 'object',
      additionalProperties: true,
      description: 'Ids, counts and hashes; never the text of a question, SQL or a row.',
    },
  }),
};
