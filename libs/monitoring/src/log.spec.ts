import { Log } from './log';
import { NestLog } from './nest-log';
import { RequestContext } from './request-context';

function aLog(level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const log = new Log({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, facts: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('Log', () => {
  it('carries the id of the request at hand', () => {
    const { log, facts } = aLog();

    RequestContext.run({ requestId: 'r-1' }, () => log.info('asked'));

    expect(facts()).toMatchObject({ level: 'info', msg: 'asked', requestId: 'r-1', service: 'memori' });
  });

  it('cuts what smells of a secret or of a question', () => {
    const { log, lines } = aLog();

    log.info('odd', {
      authorization: 'Bearer mk_1',
      inner: { password: 'hunter2', sql: "SELECT 'x'" },
      question: 'who earns most?',
    });

    expect(lines[0]).not.toMatch(/mk_1|hunter2|SELECT|earns/);
  });

  it('describes an error without what it quotes', () => {
    const { log, facts } = aLog();

    log.error('failed', { error: new Error('no column "salary_of_ada"') });

    expect(facts().error).toMatchObject({ message: 'no column "…"' });
  });

  it('leaves a start that failed to the last words of the process', () => {
    const { log, lines } = aLog();

    new NestLog(log).error(new Error('no disk'), 'at there\n', 'ExceptionHandler');
    new NestLog(log).error('listen EADDRINUSE', 'NestApplication');

    expect(lines).toEqual([]);
  });

  it('keeps the chatter of Nest at debug', () => {
    const { log, lines } = aLog();
    const nest = new NestLog(log);

    nest.log('Mapped {/v1/me, GET} route', 'RouterExplorer');
    nest.warn('careful', 'Somewhere');

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"context":"Somewhere"');
  });
});
