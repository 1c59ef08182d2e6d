import { Env } from '@memori/config';
import { publicUrl, startBlock, type StartFacts } from './start-block';

function aStart(facts: Partial<StartFacts> = {}, env: Partial<Env> = {}): string {
  return startBlock({
    env: Object.assign(new Env(), env),
    version: '1.2.3',
    url: 'http://127.0.0.1:3000',
    adminKeyFile: '/home/a b/.memori/admin.key',
    dataDir: '/home/a b/.memori/postgres',
    demoQuestion: 'How many customers do we have?',
    ...facts,
  });
}

const curls = (block: string) => block.split('\n').filter((line) => line.startsWith('curl'));

describe('startBlock', () => {
  it('says where Swagger UI, the key and the data are, and how to stop', () => {
    const block = aStart();

    for (const part of [
      'http://127.0.0.1:3000/docs',
      '/home/a b/.memori/admin.key',
      '/home/a b/.memori/postgres',
      'Ctrl-C',
      '1.2.3',
    ])
      expect(block).toContain(part);
  });

  it('asks a question of the demo in one line that works as it stands', () => {
    expect(curls(aStart())[0]).toBe(
      `curl -sS http://127.0.0.1:3000/v1/questions -H "Authorization: Bearer $(cat '/home/a b/.memori/admin.key')" ` +
        `-H 'Content-Type: application/json' -d '{"question":"How many customers do we have?","dataSourceId":"demo"}'`,
    );
  });

  it('survives quotes in a path', () => {
    expect(curls(aStart({ adminKeyFile: "/it's/admin.key" }))[0]).toContain(String.raw`$(cat '/it'\''s/admin.key')`);
  });

  it('shows how to add a database', () => {
    expect(curls(aStart())[1]).toContain('/v1/data-sources');
  });

  it('tries the key when there is no demo', () => {
    expect(curls(aStart({ demoQuestion: undefined }))[0]).toContain('/v1/me');
  });

  it('never shows a key that came from the configuration', () => {
    const block = aStart({ adminKeyFile: null }, { MEMORI_ADMIN_KEY: 'a-very-secret-key' });

    expect(block).toContain('the value of MEMORI_ADMIN_KEY');
    expect(block).not.toContain('a-very-secret-key');
  });

  it('says what to set when there is no model, and which one answers when there is', () => {
    expect(aStart()).toContain('MEMORI_ANTHROPIC_API_KEY');
    const configured = aStart({}, { MEMORI_ANTHROPIC_API_KEY: 'sk-secret' });
    expect(configured).toContain('claude-sonnet-5-5');
    expect(configured).not.toContain('sk-secret');
  });

  it('says so when the model is simulated', () => {
    const model = /Model +(.*)/.exec(aStart({ simulated: true }, { MEMORI_ANTHROPIC_API_KEY: 'simulated' }))?.[1];

    expect(model).toMatch(/^simulated: a fake Claude/);
  });

  it('repeats what the start found', () => {
    expect(aStart({ notes: ['The model ends soon.'] })).toContain('The model ends soon.');
  });
});

describe('publicUrl', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::', 'http://127.0.0.1:3000'],
    ['::1', 'http://[::1]:3000'],
    ['memori.local', 'http://memori.local:3000'],
  ])('reaches a server on %s', (host, url) => {
    expect(publicUrl(host, 3000)).toBe(url);
  });
});
