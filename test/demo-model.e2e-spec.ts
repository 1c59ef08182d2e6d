import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './support/free-port';
import { type Spawned, spawnApp } from './support/spawn-memori';

jest.setTimeout(120_000);

type Answer = Record<string, unknown> & { status: string };

let home: string;
let memori: Spawned;
let url: string;
let key: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'memori-simulated-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  memori = spawnApp('demo-model', [], { cwd: home, env: { MEMORI_PORT: String(port), MEMORI_LOG_LEVEL: 'warn' } });
  await memori.wrote(/data-sources.*\n/);
  key = readFileSync(join(home, '.memori-simulated/admin.key'), 'utf8').trim();
});

afterAll(async () => {
  memori?.child.kill('SIGINT');
  expect(await memori?.ended).toBe(0);
  rmSync(home, { recursive: true, force: true });
});

async function ask(question: string): Promise<{ response: Response; answer: Answer }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/questions`, { method: 'POST', headers, body: JSON.stringify({ question }) });
  return { response, answer: (await response.json()) as Answer };
}

describe('npm run demo:model', () => {
  it('says on its first screen that the model is simulated', () => {
    expect(memori.output.out).toMatch(/Model +simulated: a fake Claude/);
  });

  it.each([
    ['the model', 'How many suppliers are there in Peru?', { source: 'model', explanation: marked() }],
    [
      'a verified query',
      'Who are the top 3 customers by revenue?',
      { source: 'verified-query', explanation: marked(), assumptions: ['n = 3', marked()] },
    ],
    ['a question back', 'Clarify the number of orders', { clarification: { question: marked(), options: anything() } }],
    ['a refusal', 'Refuse this, please', { refusal: { code: anything(), reason: marked() } }],
  ])('labels an answer of %s, and keeps it so', async (_, question, expected) => {
    const { response, answer } = await ask(question);

    expect(response.headers.get('x-memori-simulated')).toBe('true');
    expect(answer).toMatchObject(expected);
    const kept = await fetch(`${url}/v1/questions/${String(answer.id)}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await kept.json()).toMatchObject(expected);
  });

  it('labels what failed by the header', async () => {
    const { response, answer } = await ask('Show the spend limit');

    expect([response.status, answer.code]).toEqual([503, 'provider-spend-limit']);
    expect(response.headers.get('x-memori-simulated')).toBe('true');
  });
});

function marked(): unknown {
  return expect.stringMatching(/^\[simulated\] /);
}

function anything(): unknown {
  return expect.anything();
}
