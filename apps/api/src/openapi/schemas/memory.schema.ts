import { MEMORY_CATEGORIES, MEMORY_SCOPES, RECALL_KINDS } from '@memori/memory';
import { FORGET_SCOPES } from '@memori/privacy';
import { TURN_ROLES } from '@memori/session';
import {
  flag,
  id,
  integer,
  list,
  number,
  object,
  oneOfTexts,
  orNull,
  ref,
  text,
  time,
  type Properties,
  type Schema,
} from '../schema';

const numbers = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'number' },
});

/** What is kept, and what is found again. */
export const memorySchemas: Properties = {
  Memory: object('Something that is kept.', {
    id: id('Its id.'),
    scope: oneOfTexts('Who reads it.', MEMORY_SCOPES),
    userId: orNull(text('Whose it is; null: the whole tenant’s.')),
    namespace: orNull(text('Where it holds; null: everywhere.')),
    sessionId: orNull(id('The session that it belongs to.')),
    category: oneOfTexts('What kind of thing it is.', MEMORY_CATEGORIES),
    content: text('What is kept.'),
    importance: number('From 0 to 1.'),
    sourceTurnIds: list('The turns that it comes from.', id('A turn.')),
    validFrom: orNull(time('From when on it holds.')),
    validTo: orNull(time('Until when it holds.')),
    version: integer('Counts the changes, from 1.'),
    createdAt: time('When it was added.'),
    updatedAt: time('When it was last changed.'),
  }),
  MemoryHistory: object('Every state that a memory had.', { items: list('The oldest first.', ref('MemoryVersion')) }),
  MemoryVersion: object('One state of a memory.', {
    version: integer('Counts from 1.'),
    content: text('What was kept.'),
    category: oneOfTexts('What kind of thing it was.', MEMORY_CATEGORIES),
    importance: number('From 0 to 1.'),
    validFrom: orNull(time('From when on it held.')),
    validTo: orNull(time('Until when it held.')),
    changedBy: text('Who wrote it.'),
    changedAt: time('When.'),
  }),
  RecallItem: object(
    'Something that was found: a turn by its best passages, or a fact.',
    {
      id: id('Of the turn or the memory.'),
      kind: oneOfTexts('Which of them.', RECALL_KINDS),
      content: text('The fact, or the best passages of the turn.'),
      score: number('The higher, the better.'),
      sessionId: orNull(id('Where it was said.')),
      occurredAt: time('When it was said.'),
      externalId: orNull(text('Your own id of the turn.')),
      sources: list('The turns that a fact comes from.', id('A turn.')),
      role: oneOfTexts('Who said it.', TURN_ROLES),
      name: orNull(text('The name of the one who said it.')),
      category: oneOfTexts('Of a fact.', MEMORY_CATEGORIES),
      scope: oneOfTexts('Of a fact.', MEMORY_SCOPES),
      always: flag('It stands in every prompt, whatever the question.'),
      signals: numbers('Where the score comes from, with `explain`.'),
    },
    ['externalId', 'sources', 'role', 'name', 'category', 'scope', 'always', 'signals'],
  ),
  RecallResult: object('What was found, the best first.', { items: list('The finds.', ref('RecallItem')) }),
  RecallContext: object('What was found, as it would stand in a prompt.', {
    text: text('The block.'),
    tokens: integer('About how many tokens it has.'),
    items: list('The finds in it.', ref('RecallItem')),
  }),
  ForgetReceipt: object('What was erased, and what stays by design.', {
    id: id('Of the receipt; it stands in the audit log too.'),
    scope: oneOfTexts('What was forgotten as a whole.', FORGET_SCOPES),
    target: text('Which one.'),
    forgottenAt: time('When.'),
    counts: numbers('How many of each kind.'),
    stays: list('What stays by design.', { type: 'string' }),
    signature: object('Of the service, so that the receipt can be shown to others.', {
      algorithm: oneOfTexts('How it is signed (RFC 8032).', ['Ed25519']),
      publicKey: text('SubjectPublicKeyInfo in DER, base64; the same for every receipt of this installation.'),
      value: text('Over the UTF-8 bytes of `signed`, base64.'),
      signed: text('The text that was signed: this receipt as JSON, without the signature.'),
    }),
  }),
};
