import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { MOST_BLOCK_TOKENS, MOST_MEMORIES } from '@memori/memory';
import { ROLES, type Role } from '@memori/scope';
import { PageQuery } from '../http/page.dto';

const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/;

export class CreateTenantRequest {
  @ApiProperty({ description: 'Its name.', example: 'Bohnen & Söhne', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name: string;

  @ApiPropertyOptional({
    type: String,
    description: 'The time zone of askers who name none, and of the days and months of its budgets. Default: `UTC`.',
    example: 'Europe/Berlin',
  })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  timeZone?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'The language of answers when the request names none.',
    example: 'de',
  })
  @IsOptional()
  @Matches(LANGUAGE, { message: 'language must be a language tag such as en or zh-CN' })
  language?: string;
}

export class ChangeTenantRequest {
  @ApiPropertyOptional({ type: String, description: 'Its name.', minLength: 1, maxLength: 200 })
  @ValidateIf(({ name }: ChangeTenantRequest) => name !== undefined)
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      'The time zone of askers who name none, and of the days and months of its budgets, from the next call on. Null: `UTC`.',
    example: 'Asia/Shanghai',
  })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  timeZone?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The language of answers when the request names none. Null: that of the question.',
    example: 'zh-CN',
  })
  @IsOptional()
  @Matches(LANGUAGE, { message: 'language must be a language tag such as en or zh-CN' })
  language?: string | null;
}

export class CreateApiKeyRequest {
  @ApiProperty({ description: 'What it is for.', example: 'reporting service', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name: string;

  @ApiPropertyOptional({ description: 'What it may do. Default: `member`.', enum: ROLES, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(ROLES.length)
  @ArrayUnique()
  @IsIn(ROLES, { each: true })
  roles?: Role[];

  @ApiPropertyOptional({
    type: String,
    description: 'The tenant; your own when left out. Others only for administrators of the tenant `default`.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  tenantId?: string;

  @ApiProperty({
    description: 'The user that it speaks for; comes into being when unknown.',
    example: 'reporting',
    minLength: 1,
    maxLength: 200,
  })
  @IsString()
  @Length(1, 200)
  userId: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether it may name another user in `X-Memori-User`. Default: `false`.',
  })
  @IsOptional()
  @IsBoolean()
  mayActFor?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When it ends by itself; never when left out.',
  })
  @IsOptional()
  @IsISO8601({ strict: true })
  expiresAt?: string;
}

export class ListApiKeysQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'The tenant; your own when left out.' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  tenantId?: string;
}

export class ChangeMemorySettingsRequest {
  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Whether facts are drawn from what is said. What is said meanwhile is not made up for. Default: true.',
  })
  @IsOptional()
  @IsBoolean()
  drawFacts?: boolean | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Whether rules, strong preferences and who the user is stand in every prompt. Default: true.',
  })
  @IsOptional()
  @IsBoolean()
  conscious?: boolean | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: 'Tokens that these may take. Default: 600.',
    minimum: 0,
    maximum: MOST_BLOCK_TOKENS,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_BLOCK_TOKENS)
  blockTokens?: number | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Whether memories and turns are recalled for a question. Default: true.',
  })
  @IsOptional()
  @IsBoolean()
  automatic?: boolean | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: 'Memories that one user may have. Beyond that drawn facts go, never what was told. Default: 10000.',
    minimum: 1,
    maximum: MOST_MEMORIES,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_MEMORIES)
  maxMemories?: number | null;
}
