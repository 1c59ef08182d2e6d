import { GLOSSARY_KINDS, type GlossaryKind } from '@memori/text2sql';
import { PageQuery } from '../http/page.dto';
import { ChoiceField, TextField, TextsField } from '../openapi/fields';

/** A JSON merge patch: absent stays, null empties. The kind of an entry never changes. */
export class ChangeGlossaryEntryRequest {
  @TextField({
    description: 'Its name, in any language. A rule has none.',
    example: 'net revenue',
    optional: true,
    minLength: 1,
    maxLength: 200,
  })
  name?: string | null;

  @TextsField({ description: 'Other names for it. A rule has none.', optional: true, maxItems: 30 })
  synonyms?: string[] | null;

  @TextField({
    description: 'What a term means, what a rule says; what a metric measures, if its SQL does not tell.',
    optional: true,
    minLength: 1,
    maxLength: 2000,
  })
  definition?: string | null;

  @TextField({
    description: 'Of a metric alone: one SQL expression, without a query in it. The guard checks it.',
    example: 'sum(amount)',
    optional: true,
    minLength: 1,
    maxLength: 5000,
  })
  expression?: string | null;

  @TextField({
    description: 'Of a metric alone: the table or the join that the expression reads, as it stands after FROM.',
    example: 'orders o JOIN customers c ON c.id = o.customer_id',
    optional: true,
    minLength: 1,
    maxLength: 2000,
  })
  from?: string | null;
}

export class CreateGlossaryEntryRequest extends ChangeGlossaryEntryRequest {
  @ChoiceField(GLOSSARY_KINDS, { description: 'What it is.', example: 'metric' })
  kind: GlossaryKind;
}

export class ListGlossaryQuery extends PageQuery {
  @ChoiceField(GLOSSARY_KINDS, { description: 'Only these.', optional: true })
  kind?: GlossaryKind;
}
