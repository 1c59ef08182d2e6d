/**
 * Imports run down. A lib may import exactly the libs in its row; everybody may import scope, text, errors, config and
 * monitoring. testing is for tests, bench and the fake server alone.
 */
const everybody = ['scope', 'errors', 'config', 'text'];
const below = {
  scope: [],
  text: [],
  errors: [],
  config: ['errors'],
  monitoring: [...everybody],
  database: [...everybody, 'monitoring'],
  redis: [...everybody, 'monitoring', 'database'],
  privacy: [...everybody, 'monitoring', 'database'],
  concurrency: [...everybody, 'monitoring', 'database', 'privacy', 'redis'],
  security: [...everybody, 'monitoring', 'database', 'privacy'],
  embedding: [...everybody, 'monitoring', 'database', 'security'],
  budget: [...everybody, 'monitoring', 'database', 'privacy', 'security'],
  queue: [...everybody, 'monitoring', 'database', 'redis'],
  webhooks: [...everybody, 'monitoring', 'database', 'privacy', 'security', 'queue'],
  llm: [...everybody, 'monitoring', 'database', 'privacy', 'budget', 'concurrency', 'security', 'queue'],
  session: [...everybody, 'monitoring', 'database', 'privacy', 'security', 'queue', 'concurrency'],
  memory: [...everybody, 'monitoring', 'database', 'privacy', 'security', 'queue', 'session', 'llm', 'embedding'],
  text2sql: [
    ...everybody,
    'monitoring',
    'database',
    'privacy',
    'security',
    'queue',
    'session',
    'memory',
    'llm',
    'embedding',
  ],
  golds: [],
  evaluation: [...everybody, 'golds', 'llm', 'text2sql', 'embedding'],
};
// Tests and scripts may reach further than the code that ships.
const tests = '\\.(spec|int-spec|e2e-spec|bench|fixture)\\.ts$';

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'lib-behind-its-index',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/', pathNot: tests },
      to: { path: '^libs/([^/]+)/src/(?!index\\.ts$)', pathNot: '^libs/$2/' },
    },
    {
      name: 'apps-only-by-memori',
      severity: 'error',
      from: { path: '^apps/(?!memori/)([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'testing-for-tests-alone',
      severity: 'error',
      from: { path: '^(apps|libs)/(?!testing/)', pathNot: tests },
      to: { path: '^libs/testing/' },
    },
    ...Object.entries(below).map(([lib, allowed]) => ({
      name: `${lib}-imports-down`,
      severity: 'error',
      from: { path: `^libs/${lib}/`, pathNot: tests },
      to: { path: '^libs/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
