import { TURN_ROLES } from '@memori/session';
import { flag, id, integer, list, object, oneOfTexts, orNull, ref, text, time, type Properties } from '../schema';

/** Sessions and what was said in them. */
export const sessionSchemas: Properties = {
  Session: object('A session: who is talking, about what, until when.', {
    id: id('Its id.'),
    tenantId: text('The tenant.'),
    userId: text('The user whose session it is.'),
    externalId: orNull(text('Your own id for it.')),
    namespace: text('What it is about.', 'default'),
    title: orNull(text('A title for people.')),
    isolated: flag('Whether it keeps to itself.'),
    ttlSeconds: integer('Life after the last use.'),
    createdAt: time('When it was opened.'),
    lastActiveAt: time('When it was last used.'),
    expiresAt: time('When it expires unless it is used.'),
    archivedAt: orNull(time('When it was archived; null: it is in use.')),
  }),
  SessionSummary: object('What was said long ago in a session, in short.', {
    sessionId: id('The session.'),
    content: text('The summary; each new one takes the place of the one before.'),
    uptoSeq: integer('It tells of the turns from 1 to this one.'),
    turnIds: list('The turns that it goes back to.', id('A turn.')),
    updatedAt: time('When it was written.'),
  }),
  Turn: object('One thing said, as it was said.', {
    id: id('Its id.'),
    sessionId: id('The session.'),
    seq: integer('Counts from 1 in its session, without gaps.'),
    role: oneOfTexts('Who said it.', TURN_ROLES),
    name: orNull(text('The name of the one who said it.')),
    content: text('What was said.'),
    externalId: orNull(text('Your own id for it.')),
    occurredAt: time('When it was said.'),
    questionId: orNull(id('The question that it belongs to.')),
    sql: orNull(text('The SQL that answered it.')),
    resultShape: orNull(
      object('The form of the result, without its rows.', {
        columns: list('Names of columns.', { type: 'string' }),
        rowCount: integer('How many rows.'),
      }),
    ),
  }),
  RecordedTurns: object('What became of each turn, in order.', {
    items: list('One for each turn.', ref('RecordedTurn')),
  }),
  RecordedTurn: object('What became of one turn.', {
    id: id('Its id.'),
    externalId: orNull(text('Your own id for it.')),
    created: flag('False: the session held this `externalId` already.'),
  }),
};
