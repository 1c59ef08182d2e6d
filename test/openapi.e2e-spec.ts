import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openApiText } from '../apps/memori/src/openapi-text';
import { VERSION } from '../apps/api/src/version';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { clientOf } from './support/client';
import type { ApiDocument, Operation } from './support/document';

const ROOT = join(__dirname, '..');
const committed = join(ROOT, 'openapi.json');

let memori: BootedMemori;
let document: ApiDocument;

beforeAll(async () => {
  memori = await bootMemori();
  document = (await clientOf(memori)('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(() => memori?.close());

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

/** Every route that Fastify serves, as the document writes it; read off the tree that it prints. */
function servedRoutes(): string[] {
  const parts: string[] = [];
  const tree = memori.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part, methods] = /^((?:│ {3}| {4})*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? [];
    if (part === undefined) return [];
    parts.length = indent.length / 4;
    parts.push(part);
    const path = parts.join('').replace(/:(\w+)/g, '{$1}');
    return (methods?.split(', ') ?? []).map((method) => `${method} ${path}`);
  });
}

describe('the document', () => {
  it('tells every route that is served, and no other', () => {
    const served = servedRoutes().filter((route) => !/^(HEAD|OPTIONS) |\/docs|\/openapi\.json|\*/.test(route));

    expect(served.sort()).toEqual(
      operations()
        .map(([route]) => route)
        .sort(),
    );
  });

  it('names every operation once, under a tag that it explains', () => {
    const ids = operations().map(([, operation]) => operation.operationId);
    const tags = new Set(document.tags.map(({ name }) => name));

    expect(new Set(ids).size).toBe(ids.length);
    for (const [route, operation] of operations())
      expect([route, operation.tags.every((tag) => tags.has(tag))]).toEqual([route, true]);
  });

  it('tells of each route under /v1 what goes wrong with the key and the body', () => {
    for (const [route, operation] of operations().filter(([route]) => route.includes(' /v1/'))) {
      const statuses = Object.keys(operation.responses);
      expect([
        route,
        ['400', '401', '403', '422', '500', '503'].filter((status) => !statuses.includes(status)),
      ]).toEqual([route, []]);
    }
  });

  it('tells answers apart by their status', () => {
    const { Answer } = document.components.schemas as Record<
      string,
      { discriminator: { propertyName: string; mapping: object } }
    >;

    expect(Answer?.discriminator.propertyName).toBe('status');
    expect(Object.keys(Answer?.discriminator.mapping ?? {})).toEqual([
      'queued',
      'running',
      'answered',
      'clarification',
      'refused',
      'failed',
      'cancelled',
    ]);
  });

  it('refers to no schema that is not there, and holds none that nobody refers to', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]));

    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });

  it('has examples in English and Chinese, of a follow-up and of a correction', () => {
    const operation = document.paths['/v1/questions']?.post as unknown as {
      requestBody: { content: Record<string, { examples: object }> };
    };

    expect(Object.keys(operation.requestBody.content['application/json']?.examples ?? {})).toEqual([
      'english',
      'chinese',
      'followUp',
      'correction',
    ]);
  });
});

describe('openapi.json', () => {
  it('is what the code says: "npm run openapi" writes it anew', async () => {
    expect(readFileSync(committed, 'utf8')).toBe(await openApiText());
  });

  it('is what is served', () => {
    expect(JSON.parse(readFileSync(committed, 'utf8'))).toEqual(document);
  });

  it('has the version of the package', () => {
    expect(VERSION).toBe((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version);
  });

  it('passes the rules of Spectral, none of them overridden', () => {
    const spectral = createRequire(__filename).resolve('@stoplight/spectral-cli/dist/index.js');
    const { status, stdout } = spawnSync(process.execPath, [spectral, 'lint', committed, '--fail-severity=warn'], {
      cwd: ROOT,
      encoding: 'utf8',
    });

    expect([status, stdout]).toEqual([0, expect.stringContaining('No results')]);
    expect(readFileSync(join(ROOT, '.spectral.yaml'), 'utf8').trim()).toBe("extends: ['spectral:oas']");
  });
});

describe('Swagger UI', () => {
  it('is served at /docs and keeps the key', async () => {
    const page = await fetch(`${memori.url}/docs`);
    const script = await fetch(`${memori.url}/docs/swagger-ui-init.js`);

    expect(page.status).toBe(200);
    expect(await script.text()).toContain('"persistAuthorization": true');
  });

  it('is not served when it is switched off', async () => {
    const quiet = await bootMemori({ beside: memori, env: { MEMORI_DOCS_ENABLED: 'false' } });

    expect([(await fetch(`${quiet.url}/docs`)).status, (await fetch(`${quiet.url}/openapi.json`)).status]).toEqual([
      404, 404,
    ]);
    await quiet.close();
  });
});
