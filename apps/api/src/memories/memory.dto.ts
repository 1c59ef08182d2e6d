import {
  MEMORY_CATEGORIES,
  MEMORY_SCOPES,
  type MemoryCategory,
  type MemoryScope,
  RECALL_KINDS,
  type RecallKind,
  type ForgetRequest as ForgetInput,
} from '@memori/memory';
import { FORGET_SCOPES } from '@memori/privacy';
import { PageQuery } from '../http/page.dto';
import { ChoiceField, FlagField, IntegerField, NumberField, TextField, TextsField } from '../openapi/fields';

export class AddMemoryRequest {
  @TextField({
    description: 'What is to be kept.',
    example: '活跃客户指近30天下过单的客户',
    minLength: 1,
    maxLength: 10_000,
  })
  content: string;

  @ChoiceField(MEMORY_CATEGORIES, { description: 'What kind of thing it is.', example: 'rule' })
  category: MemoryCategory;

  @ChoiceField(MEMORY_SCOPES, {
    description: 'Who reads it: you in this namespace, the whole tenant (for curators), or one session.',
    default: 'user',
    optional: true,
  })
  scope?: MemoryScope | null;

  @NumberField({ description: 'From 0 to 1.', minimum: 0, maximum: 1, optional: true })
  importance?: number | null;

  @TextField({ description: 'Where it holds.', default: 'default', optional: true, maxLength: 200 })
  namespace?: string | null;

  @TextField({ description: 'The session that it belongs to.', optional: true })
  sessionId?: string | null;

  @TextsField({ description: 'Ids of the turns that it comes from.', optional: true, maxItems: 100 })
  sourceTurnIds?: string[] | null;

  @TextsField({ description: 'Ids of the memories that it is derived from.', optional: true, maxItems: 100 })
  sourceMemoryIds?: string[] | null;

  @NumberField({
    description: 'How far it can be trusted, from 0 to 1; of its sources the lowest counts.',
    default: 1,
    minimum: 0,
    maximum: 1,
    optional: true,
  })
  trust?: number | null;

  @TextField({ description: 'From when on it holds.', format: 'date-time', optional: true })
  validFrom?: string | null;

  @TextField({ description: 'Until when it holds.', format: 'date-time', optional: true })
  validTo?: string | null;
}

/** A JSON merge patch: absent stays, null clears a date or gives the default importance. */
export class ChangeMemoryRequest {
  @TextField({ description: 'What is to be kept.', optional: true, minLength: 1, maxLength: 10_000 })
  content?: string;

  @ChoiceField(MEMORY_CATEGORIES, { description: 'What kind of thing it is.', optional: true })
  category?: MemoryCategory;

  @NumberField({ description: 'From 0 to 1.', minimum: 0, maximum: 1, optional: true })
  importance?: number | null;

  @TextField({ description: 'From when on it holds.', format: 'date-time', optional: true })
  validFrom?: string | null;

  @TextField({ description: 'Until when it holds.', format: 'date-time', optional: true })
  validTo?: string | null;
}

export class ListMemoriesQuery extends PageQuery {
  @ChoiceField(MEMORY_SCOPES, { description: 'Only of this scope.', optional: true })
  scope?: MemoryScope;

  @TextField({ description: 'Only of this namespace.', optional: true })
  namespace?: string;

  @ChoiceField(MEMORY_CATEGORIES, { description: 'Only of this category.', optional: true })
  category?: MemoryCategory;

  @TextField({ description: 'Only of this session.', optional: true })
  sessionId?: string;

  @TextField({ description: 'Only of this document.', optional: true })
  documentId?: string;
}

export class SearchRequest {
  @TextField({ description: 'What is looked for.', example: '活跃客户有多少', minLength: 1, maxLength: 10_000 })
  query: string;

  @TextField({ description: 'Where to look.', default: 'default', optional: true })
  namespace?: string | null;

  @TextField({ description: 'As seen from this session.', optional: true })
  sessionId?: string | null;

  @IntegerField({ description: 'Most finds.', default: 10, minimum: 1, maximum: 200, optional: true })
  limit?: number | null;

  @IntegerField({ description: 'Most tokens of all finds together.', minimum: 1, maximum: 100_000, optional: true })
  maxTokens?: number | null;

  @TextsField({ description: 'Only facts of these categories.', values: MEMORY_CATEGORIES, optional: true })
  categories?: MemoryCategory[] | null;

  @TextsField({ description: 'Only these kinds.', values: RECALL_KINDS, optional: true })
  kinds?: RecallKind[] | null;

  @TextField({
    description: 'Only what was known at that moment and held then, in the words that it had.',
    format: 'date-time',
    optional: true,
  })
  asOf?: string | null;

  @TextField({
    description: 'In which the query says “yesterday”: an IANA name. The tenant’s when left out.',
    example: 'Asia/Shanghai',
    optional: true,
  })
  timeZone?: string | null;

  @FlagField({ description: 'Whether each find says where its score comes from.', default: false, optional: true })
  explain?: boolean | null;
}

export class ForgetRequest {
  @ChoiceField(FORGET_SCOPES, { description: 'What is to be forgotten as a whole.', example: 'session' })
  scope: ForgetInput['scope'];

  @TextField({ description: 'The session, the namespace or the user.', minLength: 1, maxLength: 512 })
  id: string;
}
