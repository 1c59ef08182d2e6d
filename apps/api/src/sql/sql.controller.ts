import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { SqlConsole } from '@memori/text2sql';
import { Caller, RequestId } from '../http/caller.decorator';
import { sendJsonText } from '../http/answers';
import { lostConnection } from '../http/lost-connection';
import { withJsonItems } from '../http/spliced-json';
import { Endpoint } from '../openapi/endpoint.decorator';
import { withoutNulls } from '../openapi/fields';
import { ref } from '../openapi/schema';
import { CheckSqlRequest, RunSqlRequest } from './sql.dto';

@ApiTags('SQL')
@Controller('v1/sql')
export class SqlController {
  constructor(private readonly console: SqlConsole) {}

  @Post('check')
  @Endpoint({
    id: 'checkSql',
    summary: 'Ask the guard about a statement',
    description:
      'Says whether the statement may run and what it reads. Touches the data source only with `explain`, and only after the guard allowed it. Positions are in characters.',
    role: 'member',
    answer: ref('SqlCheck'),
    problems: ['not-found', 'data-source-unreachable', 'data-source-credentials', 'sql-failed', 'sql-timeout'],
  })
  check(
    @Caller() principal: Principal,
    @Body() body: CheckSqlRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.console.check(principal, withoutNulls(body), lostConnection(reply));
  }

  @Post('run')
  @Endpoint({
    id: 'runSql',
    summary: 'Run a statement that only reads',
    description:
      'Through the same guard and the same executor as the model’s SQL. Refused SQL is 422 `sql-not-allowed` with its `violations`.',
    role: 'member',
    answer: ref('SqlResult'),
    problems: [
      'not-found',
      'sql-not-allowed',
      'sql-failed',
      'sql-timeout',
      'result-too-large',
      'data-source-unreachable',
      'data-source-credentials',
    ],
  })
  async run(
    @Caller() principal: Principal,
    @Body() body: RunSqlRequest,
    @RequestId() requestId: string,
    @Res() reply: FastifyReply,
  ) {
    const signal = lostConnection(reply);
    const { columns, rows, rowCount, truncated } = await this.console.run(principal, withoutNulls(body), {
      requestId,
      signal,
    });
    sendJsonText(reply, 200, withJsonItems({ columns, rowCount, truncated }, 'rows', rows));
  }
}
