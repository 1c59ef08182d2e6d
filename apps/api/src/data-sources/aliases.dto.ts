import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional } from 'class-validator';
import { ObjectsField, TextField, TextsField } from '../openapi/fields';

class TableAliasesRequest {
  @TextField({ description: 'The schema of the table.', example: 'public' })
  schema: string;

  @TextField({ description: 'The name of the table or view.', example: 'orders' })
  table: string;

  @TextsField({
    description:
      'What it is called, in any language. Absent: stays. Empty: nothing else. null: what the model wrote counts again.',
    example: ['purchases', '订单'],
    optional: true,
    maxItems: 30,
  })
  aliases?: string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    description: 'The same for its columns, by their names. Columns that are not named stay.',
    example: { amount: ['金额'] },
    additionalProperties: { type: 'array', items: { type: 'string' }, nullable: true },
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  columns?: Record<string, unknown> | null;
}

export class ChangeAliasesRequest {
  @ObjectsField(() => TableAliasesRequest, { description: 'Tables; those that are not named stay.', maxItems: 500 })
  items: TableAliasesRequest[];
}
