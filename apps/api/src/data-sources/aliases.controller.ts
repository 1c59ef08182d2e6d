import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@memori/scope';
import { EditedAliases } from '@memori/text2sql';
import { Caller, RequestId } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { ChangeAliasesRequest } from './aliases.dto';

const DataSourceId = () => ApiParam({ name: 'id', description: 'The id or the name of the data source.' });

@ApiTags('Data sources')
@Controller('v1/data-sources/:id/aliases')
export class AliasesController {
  constructor(private readonly aliases: EditedAliases) {}

  @Get()
  @DataSourceId()
  @Endpoint({
    id: 'listAliases',
    summary: 'List what people call tables and columns',
    description: 'Every table, by schema and name, and which names a person wrote. Questions find tables by them.',
    role: 'reader',
    answer: pageOf('TableAliases'),
    problems: ['not-found'],
  })
  list(@Caller() principal: Principal, @Param('id') id: string, @Query() query: PageQuery) {
    return this.aliases.list(principal, id, pageRequestOf(query));
  }

  @Patch()
  @DataSourceId()
  @Endpoint({
    id: 'changeAliases',
    summary: 'Say what people call tables and columns',
    description:
      'A JSON merge patch over tables: absent stays, null gives back what the model wrote. A person’s word stands in place of the model’s, in every language and over later synchronisations. All or nothing.',
    role: 'curator',
    answer: ref('ChangedAliases'),
    problems: ['not-found'],
  })
  async change(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: ChangeAliasesRequest,
    @RequestId() requestId: string,
  ) {
    return { items: await this.aliases.change(principal, id, body.items, requestId) };
  }
}
