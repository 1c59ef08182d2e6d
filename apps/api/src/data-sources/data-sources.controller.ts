import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { DataSources } from '@memori/text2sql';
import { setLocation } from '../http/answers';
import { Caller } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { ChangeDataSourceRequest, CreateDataSourceRequest } from './data-source.dto';

const DataSourceId = () => ApiParam({ name: 'id', description: 'The id or the name of the data source.' });
const CONNECTING = [
  'data-source-unreachable',
  'data-source-credentials',
  'data-source-address',
  'own-database',
  'schema-empty',
  'sql-timeout',
] as const;

@ApiTags('Data sources')
@Controller('v1/data-sources')
export class DataSourcesController {
  constructor(private readonly dataSources: DataSources) {}

  @Post()
  @Endpoint({
    id: 'createDataSource',
    summary: 'Register a database',
    description: 'Connects and reads its catalogue within the call; what cannot be reached is not stored.',
    role: 'administrator',
    status: 201,
    answer: ref('DataSource'),
    problems: ['conflict', ...CONNECTING],
  })
  async create(
    @Caller() principal: Principal,
    @Body() body: CreateDataSourceRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.dataSources.create(principal, body);
    setLocation(reply, 'data-sources', made.id);
    return made;
  }

  @Get()
  @Endpoint({
    id: 'listDataSources',
    summary: 'List the data sources',
    description: 'The databases that questions may be about.',
    role: 'reader',
    answer: pageOf('DataSource'),
  })
  list(@Caller() principal: Principal, @Query() query: PageQuery) {
    return this.dataSources.list(principal, pageRequestOf(query));
  }

  @Get(':id')
  @DataSourceId()
  @Endpoint({
    id: 'getDataSource',
    summary: 'Read a data source',
    description: 'By its id or its name. The password never comes back.',
    role: 'reader',
    answer: ref('DataSource'),
    problems: ['not-found'],
  })
  get(@Caller() principal: Principal, @Param('id') id: string) {
    return this.dataSources.get(principal, id);
  }

  @Patch(':id')
  @DataSourceId()
  @Endpoint({
    id: 'changeDataSource',
    summary: 'Change a data source',
    description:
      'A JSON merge patch: absent stays, null gives the default back. Connects when the change asks for it; a failure leaves everything as it was.',
    role: 'administrator',
    answer: ref('DataSource'),
    problems: ['not-found', 'conflict', ...CONNECTING],
  })
  change(@Caller() principal: Principal, @Param('id') id: string, @Body() body: ChangeDataSourceRequest) {
    return this.dataSources.update(principal, id, body);
  }

  @Delete(':id')
  @DataSourceId()
  @Endpoint({
    id: 'deleteDataSource',
    summary: 'Forget a data source',
    description: 'Memori forgets it; the database itself is not touched.',
    role: 'administrator',
    status: 204,
    problems: ['not-found', 'conflict'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string) {
    return this.dataSources.delete(principal, id);
  }

  @Post(':id/test')
  @DataSourceId()
  @Endpoint({
    id: 'testDataSource',
    summary: 'Try the connection',
    description:
      'Connects and looks around without storing anything. What goes wrong is in the answer, not in its status.',
    role: 'administrator',
    answer: ref('DataSourceTest'),
    problems: ['not-found'],
  })
  test(@Caller() principal: Principal, @Param('id') id: string) {
    return this.dataSources.test(principal, id);
  }

  @Post(':id/sync')
  @DataSourceId()
  @Endpoint({
    id: 'syncDataSource',
    summary: 'Read the catalogue again',
    description: 'Now; the answer comes when it is done. The version changes only when the catalogue did.',
    role: 'administrator',
    answer: ref('DataSource'),
    problems: ['not-found', 'conflict', ...CONNECTING],
  })
  sync(@Caller() principal: Principal, @Param('id') id: string) {
    return this.dataSources.sync(principal, id);
  }

  @Get(':id/schema')
  @DataSourceId()
  @Endpoint({
    id: 'getDataSourceSchema',
    summary: 'Read what a data source holds',
    description: 'Tables, columns, keys, comments and sample values, as Memori last read them.',
    role: 'reader',
    answer: ref('DataSourceSchema'),
    problems: ['not-found'],
  })
  async schema(@Caller() principal: Principal, @Param('id') id: string) {
    const record = await this.dataSources.resolve(principal, id);
    const { version, schemas, tables } = await this.dataSources.catalog(record);
    return { version, schemas, tables };
  }
}
