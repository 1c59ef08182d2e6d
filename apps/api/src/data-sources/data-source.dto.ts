import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import {
  DEFAULT_LANGUAGES,
  MOST_LANGUAGES,
  SAMPLE_VALUES,
  type SampleValues,
  SSL_MODES,
  type SslMode,
} from '@memori/text2sql';
import { ChoiceField, FlagField, TextField, TextsField } from '../openapi/fields';

/** Everything that a new data source and a change of one have in common. */
class DataSourceSettings {
  @TextsField({
    description: 'Its schemas, in the order in which names are looked up; all but PostgreSQL’s own when left out.',
    optional: true,
  })
  schemas?: string[] | null;

  @TextField({ description: 'What it is about; the model reads it.', optional: true, maxLength: 2000 })
  description?: string | null;

  @ApiPropertyOptional({
    description: 'How the connection is encrypted. true is `require`, false is `disable`.',
    oneOf: [{ type: 'boolean' }, { type: 'string', enum: [...SSL_MODES] }],
    nullable: true,
  })
  @IsOptional()
  @IsIn([true, false, ...SSL_MODES], { message: `ssl must be true, false or one of ${SSL_MODES.join(', ')}` })
  ssl?: boolean | SslMode | null;

  @ChoiceField(SAMPLE_VALUES, {
    description: 'Which values of columns the model may see.',
    default: 'safe',
    optional: true,
  })
  sampleValues?: SampleValues | null;

  @TextField({ description: 'The time zone of askers who name none.', example: 'Europe/Berlin', optional: true })
  timeZone?: string | null;

  @TextsField({
    description:
      'Languages in which the model is asked, in the background, what people call tables and columns: BCP 47 tags.',
    default: DEFAULT_LANGUAGES.join(', '),
    example: ['en', 'zh', 'de'],
    maxItems: MOST_LANGUAGES,
    optional: true,
  })
  languages?: string[] | null;

  @FlagField({
    description:
      'Whether the model may see up to 20 rows of a result, to say in a sentence what came out (`summarize`).',
    default: false,
    optional: true,
  })
  shareRows?: boolean | null;
}

export class CreateDataSourceRequest extends DataSourceSettings {
  @TextField({ description: 'Its name, unique in the tenant.', example: 'shop', minLength: 1, maxLength: 200 })
  name: string;

  @ChoiceField(['postgresql'], { description: 'Its kind.', example: 'postgresql' })
  dialect: string;

  @TextField({
    description: 'Where it is and as whom to read. The password is encrypted and never comes back.',
    example: 'postgresql://reader:password@db.example.com:5432/shop',
    maxLength: 2000,
  })
  url: string;
}

/** A JSON merge patch: absent stays, null gives the default back. */
export class ChangeDataSourceRequest extends DataSourceSettings {
  @TextField({ description: 'Its name, unique in the tenant.', optional: true, minLength: 1, maxLength: 200 })
  name?: string;

  @ChoiceField(['postgresql'], { description: 'Its kind.', optional: true })
  dialect?: string;

  @TextField({ description: 'Where it is and as whom to read.', optional: true, maxLength: 2000 })
  url?: string;
}
