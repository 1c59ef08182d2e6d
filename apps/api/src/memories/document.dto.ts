import {
  DOCUMENT_FORMATS,
  DOCUMENT_SCOPES,
  type DocumentInput,
  MEMORY_CATEGORIES,
  type MemoryCategory,
} from '@memori/memory';
import { PageQuery } from '../http/page.dto';
import { ChoiceField, NumberField, TextField } from '../openapi/fields';

const TITLE = { description: 'Its title. Left out: what it calls itself.', optional: true, maxLength: 500 };
const SOURCE = { description: 'Where it comes from: an address, a path.', optional: true, maxLength: 2000 };
const EXTERNAL_ID = {
  description:
    'Your own id for it: sent again, the document takes the place of what was there. Left out: known by its text.',
  optional: true,
  maxLength: 200,
};
const NAMESPACE = { description: 'Where it holds.', default: 'default', optional: true, maxLength: 200 };
const OCCURRED_AT = {
  description: 'When it was written: what it says holds from then on.',
  format: 'date-time',
  optional: true,
};
const FORMAT = { description: 'How it is written.', default: 'markdown', optional: true };
const CATEGORY = { description: 'What kind of thing its memories are.', default: 'fact', optional: true };
const SCOPE = {
  description: 'Who reads it: you in this namespace, or the whole tenant (for curators).',
  default: 'user',
  optional: true,
};

export class ImportDocumentRequest {
  @TextField({ description: 'The text.', example: '# Refunds\n\nWithin 30 days.', minLength: 1, maxLength: 2_000_000 })
  content: string;

  @ChoiceField(DOCUMENT_FORMATS, FORMAT)
  format?: DocumentInput['format'];

  @TextField(TITLE)
  title?: string | null;

  @TextField(SOURCE)
  source?: string | null;

  @TextField(EXTERNAL_ID)
  externalId?: string | null;

  @NumberField({
    description: 'How far it can be trusted, from 0 to 1.',
    default: 0.5,
    minimum: 0,
    maximum: 1,
    optional: true,
  })
  trust?: number | null;

  @ChoiceField(MEMORY_CATEGORIES, CATEGORY)
  category?: MemoryCategory | null;

  @NumberField({ description: 'From 0 to 1.', default: 0.5, minimum: 0, maximum: 1, optional: true })
  importance?: number | null;

  @ChoiceField(DOCUMENT_SCOPES, SCOPE)
  scope?: DocumentInput['scope'];

  @TextField(NAMESPACE)
  namespace?: string | null;

  @TextField(OCCURRED_AT)
  occurredAt?: string | null;
}

/** The same beside a body that is the document itself. */
export class DocumentQuery {
  @ChoiceField(DOCUMENT_FORMATS, { ...FORMAT, description: 'How it is written. Left out: as its media type says.' })
  format?: DocumentInput['format'];

  @TextField(TITLE)
  title?: string;

  @TextField(SOURCE)
  source?: string;

  @TextField(EXTERNAL_ID)
  externalId?: string;

  @TextField({ description: 'How far it can be trusted, from 0 to 1.', default: 0.5, optional: true })
  trust?: string;

  @ChoiceField(MEMORY_CATEGORIES, CATEGORY)
  category?: MemoryCategory;

  @TextField({ description: 'From 0 to 1.', default: 0.5, optional: true })
  importance?: string;

  @ChoiceField(DOCUMENT_SCOPES, SCOPE)
  scope?: DocumentInput['scope'];

  @TextField(NAMESPACE)
  namespace?: string;

  @TextField(OCCURRED_AT)
  occurredAt?: string;
}

export class ListDocumentsQuery extends PageQuery {
  @TextField({ description: 'Only of this namespace.', optional: true })
  namespace?: string;
}
