import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ROW_FORMATS, type RowFormat } from '@memori/text2sql';
import { PageQuery, WholeNumber } from '../http/page.dto';
import { ChoiceField, IntegerField, TextField } from '../openapi/fields';

export class WaitQuery {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Seconds to wait for its end.',
    default: 0,
    minimum: 0,
    maximum: 120,
  })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(120)
  wait?: number;
}

export class ListQuestionsQuery extends PageQuery {
  @TextField({ description: 'Only those of this session: its id, or `ext:` and your own.', optional: true })
  sessionId?: string;
}

export class RowsQuery {
  @ChoiceField(ROW_FORMATS, { description: 'The form of the rows.', default: 'json', optional: true })
  format?: RowFormat;

  @ChoiceField(['true', 'false'], {
    description: 'Whether CSV begins with a byte order mark, by which Excel knows UTF-8.',
    default: 'false',
    optional: true,
  })
  bom?: 'true' | 'false';
}

export class FeedbackRequest {
  @ChoiceField(['correct', 'incorrect'], {
    description: 'Whether the answer was right. `incorrect` evicts stored answers at once.',
    example: 'incorrect',
  })
  verdict: 'correct' | 'incorrect';

  @IntegerField({ description: 'How good it was.', minimum: 1, maximum: 5, optional: true })
  rating?: number | null;

  @TextField({
    description: 'The SQL that would have been right: it is checked, run and returned.',
    optional: true,
    maxLength: 20_000,
  })
  correctedSql?: string | null;

  @TextField({ description: 'For people.', optional: true, maxLength: 10_000 })
  note?: string | null;
}
