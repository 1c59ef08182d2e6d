import type { ApiDocument } from '../support/document';
import type { IdKind } from './planted-world';

/** Chooses at random what a request is made of; a directed one is his own, first and plain. */
export interface Choice {
  /** An id of the asker's own, or anybody's. */
  id(kind: IdKind, parent?: string): string;
  /** One of these, or nothing at all. */
  maybe<T>(values: readonly T[]): T | undefined;
  /** The key of a secret of anybody's, or a word that stands in all of them. */
  words(): string;
  namespace(): string;
  cursor(): string | undefined;
}

export interface ReadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Makes a request of one read path. */
export type MakeRequest = (choice: Choice) => ReadRequest;

const MOMENTS = ['2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z'];
const LIMITS = ['1', '3', '200'];

/** What may stand for a query parameter. A parameter that is not here fails the test until it is. */
const QUERY: Readonly<Record<string, (choice: Choice) => string | undefined>> = {
  cursor: (choice) => choice.cursor(),
  limit: (choice) => choice.maybe(LIMITS),
  wait: (choice) => choice.maybe(['0']),
  sessionId: (choice) => choice.maybe([choice.id('session')]),
  dataSourceId: (choice) => choice.id('dataSource'),
  documentId: (choice) => choice.maybe([choice.id('document')]),
  tenantId: (choice) => choice.maybe([choice.id('tenant')]),
  namespace: (choice) => choice.maybe([choice.namespace()]),
  scope: (choice) => choice.maybe(['user', 'tenant', 'session']),
  category: (choice) => choice.maybe(['rule', 'preference', 'fact']),
  kind: (choice) => choice.maybe(['term', 'metric']),
  state: (choice) => choice.maybe(['failed']),
  window: (choice) => choice.maybe(['day']),
  bom: (choice) => choice.maybe(['true']),
  from: (choice) => choice.maybe(MOMENTS.slice(0, 1)),
  to: (choice) => choice.maybe(MOMENTS.slice(1)),
  groupBy: (choice) => choice.maybe(['day', 'source']),
};

/** `format` is a word of its own on each path that has it. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  '/v1/questions/{id}/rows': ['json', 'csv', 'ndjson', 'xlsx'],
  '/v1/usage': ['json', 'csv'],
};

/** Of whom the `{id}` of a path is. A prefix that is not here fails the test until it is. */
const IDS: readonly (readonly [prefix: string, kind: IdKind])[] = [
  ['/v1/questions/{id}', 'question'],
  ['/v1/sessions/{id}', 'session'],
  ['/v1/memories/documents/{id}', 'document'],
  ['/v1/memories/{id}', 'memory'],
  ['/v1/data-sources/{id}', 'dataSource'],
  ['/v1/admin/tenants/{id}', 'tenant'],
];

/** What is asked by POST: reads with a body. */
const POSTS: Readonly<Record<string, MakeRequest>> = {
  '/v1/memories/search': (choice) => ({ ...post('/v1/memories/search'), body: searchOf(choice) }),
  '/v1/memories/context': (choice) => ({ ...post('/v1/memories/context'), body: searchOf(choice) }),
  '/v1/memories/export': () => post('/v1/memories/export'),
  '/v1/sql/run': (choice) => ({
    ...post('/v1/sql/run'),
    body: { dataSourceId: choice.id('dataSource'), sql: 'SELECT * FROM customers' },
  }),
  '/v1/sql/check': (choice) => ({
    ...post('/v1/sql/check'),
    body: { dataSourceId: choice.id('dataSource'), sql: 'SELECT * FROM customers', explain: choice.maybe([true]) },
  }),
  '/v1/questions': (choice) => ({
    ...post('/v1/questions'),
    body: {
      question: `Which customers know the umbrella of ${choice.words()}?`,
      dataSourceId: choice.id('dataSource'),
      sessionId: choice.maybe([choice.id('session')]),
      dryRun: choice.maybe([true]),
    },
  }),
};

/** Every path that is read, as the document tells them: all of GET, and what is asked by POST. */
export function readRequests(document: ApiDocument): ReadonlyMap<string, MakeRequest> {
  const gets = Object.entries(document.paths).flatMap(([path, methods]) =>
    methods['get'] ? [[`GET ${path}`, requestOf(document, path)] as const] : [],
  );
  const posts = Object.entries(POSTS).map(([path, make]) => [`POST ${path}`, make] as const);
  return new Map([...gets, ...posts]);
}

function requestOf(document: ApiDocument, path: string): MakeRequest {
  const names = queryNames(document, path);
  for (const name of names)
    if (name !== 'format' && !QUERY[name]) throw new Error(`Nothing is known to stand for "${name}" of GET ${path}.`);
  return (choice) => {
    const query = names.flatMap((name) => {
      const value = name === 'format' ? choice.maybe(FORMATS[path] ?? []) : QUERY[name]?.(choice);
      return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
    });
    const filled = filledPath(path, choice);
    return { method: 'GET', path: query.length > 0 ? `${filled}?${query.join('&')}` : filled };
  };
}

function queryNames(document: ApiDocument, path: string): string[] {
  const { parameters = [] } = document.paths[path]?.['get'] as { parameters?: { name?: string; in?: string }[] };
  return parameters.flatMap(({ name, in: where }) => (name !== undefined && where === 'query' ? [name] : []));
}

function filledPath(path: string, choice: Choice): string {
  if (path.includes('{scope}')) return path.replace('{scope}', 'user').replace('{id}', encodeURIComponent('ada'));
  if (!path.includes('{')) return path;
  const [, kind] = IDS.find(([prefix]) => path.startsWith(prefix)) ?? [];
  if (kind === undefined) throw new Error(`Nothing is known to stand for the id of GET ${path}.`);
  const id = choice.id(kind);
  return path.replace('{id}', id).replace('{entryId}', choice.id('glossaryEntry', id));
}

function searchOf(choice: Choice): Record<string, unknown> {
  return {
    query: choice.words(),
    namespace: choice.maybe([choice.namespace()]),
    sessionId: choice.maybe([choice.id('session')]),
    limit: choice.maybe([1, 200]),
    maxTokens: choice.maybe([50, 100_000]),
    kinds: choice.maybe([['turn'], ['fact'], ['turn', 'fact']]),
    categories: choice.maybe([['rule'], ['preference', 'fact']]),
    asOf: choice.maybe(MOMENTS),
    explain: choice.maybe([true]),
  };
}

function post(path: string): ReadRequest {
  return { method: 'POST', path };
}
