import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { variableNames } from '@memori/config';

const root = join(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string>; command: string[]; image: string }>;
  };

  it('holds to the compose schema', () => {
    const schema = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json')) as { $schema?: string };
    // The schema's own address is not the one that Ajv knows draft 7 by.
    delete schema.$schema;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    const validate = ajv.compile(schema);

    validate(compose);

    expect(validate.errors ?? []).toEqual([]);
  });

  it('would be refused if a service were misspelt', () => {
    const ajv = new Ajv({ strict: false });
    addFormats(ajv);
    const { $schema: _, ...schema } = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json')) as Record<
      string,
      unknown
    >;

    expect(ajv.compile(schema)({ services: { api: { imagee: 'x' } } })).toBe(false);
  });

  it('starts an api and a worker beside PostgreSQL with pgvector and Redis', () => {
    expect(Object.keys(compose.services)).toEqual(['api', 'worker', 'postgres', 'redis']);
    expect([compose.services.api, compose.services.worker].map((it) => it?.environment.MEMORI_ROLE)).toEqual([
      'api',
      'worker',
    ]);
    expect(compose.services.postgres?.image).toContain('pgvector');
    expect(compose.services.redis?.command).toContain('noeviction');
  });

  it('sets only variables that Memori reads', () => {
    const used = ['api', 'worker'].flatMap((name) => Object.keys(compose.services[name]?.environment ?? {}));

    expect(used.filter((name) => !variableNames().includes(name))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it('keeps from Docker the keys and data that git is kept from', () => {
    const kept = (path: string) =>
      read(path)
        .split('\n')
        .map((line) => line.replace(/\/$/, ''))
        .filter((line) => /^\.(memori|env)/.test(line));

    expect(kept('.gitignore').filter((name) => !kept('.dockerignore').includes(name))).toEqual([]);
    expect(kept('.gitignore')).toContain('.memori-*');
  });
});

describe('Dockerfile', () => {
  const text = read('Dockerfile');
  const last = text.slice(text.lastIndexOf('\nFROM'));

  it('builds in stages, runs on Debian as a user that is not root, and execs node', () => {
    expect(text.match(/^FROM /gm)).toHaveLength(3);
    expect(text.match(/^FROM (?!node:24-bookworm-slim)/gm)).toBeNull();
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "dist\/apps\/memori\/src\/main.js"\]$/m);
    expect(last).toContain('MEMORI_HOST=0.0.0.0');
  });

  it('leaves the embedded PostgreSQL out', () => {
    expect(text).toContain('npm ci --omit=dev --omit=optional');
  });
});
