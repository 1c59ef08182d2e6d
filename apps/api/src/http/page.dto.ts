import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

const DEFAULT_LIMIT = 50;

/** A query value that should be a whole number. Anything else stays text and fails @IsInt. */
export const WholeNumber = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  );

/** Which part of a list. */
export class PageQuery {
  @ApiPropertyOptional({ type: String, description: 'The `nextCursor` of the page before.', maxLength: 1000 })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  cursor?: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Most items on the page.',
    default: DEFAULT_LIMIT,
    minimum: 1,
    maximum: 200,
  })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number = DEFAULT_LIMIT;
}

/** The same with the default in its place. */
export function pageRequestOf(query: PageQuery): { limit: number; cursor?: string } {
  return { limit: query.limit ?? DEFAULT_LIMIT, ...(query.cursor !== undefined && { cursor: query.cursor }) };
}
