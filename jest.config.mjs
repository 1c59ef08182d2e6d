/** Three layers: rules beside their file, integration against a real PostgreSQL, e2e over the real apps. */
const libs = [
  'budget',
  'concurrency',
  'config',
  'database',
  'embedding',
  'errors',
  'evaluation',
  'golds',
  'llm',
  'memory',
  'monitoring',
  'privacy',
  'queue',
  'redis',
  'scope',
  'security',
  'session',
  'testing',
  'text',
  'text2sql',
  'webhooks',
];

const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json'],
  // Exact names only: a deep import past a lib's index.ts fails in tests as it does in the compiler.
  moduleNameMapper: Object.fromEntries(libs.map((lib) => [`^@memori/${lib}$`, `<rootDir>/libs/${lib}/src/index.ts`])),
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // NestJS 12 and these are ES modules only, which Jest on Node 20 cannot require untransformed.
  transformIgnorePatterns: [
    'node_modules/(?!(@nestjs|file-type|load-esm|strtok3|token-types|uint8array-extras|@tokenizer|@borewit|es-toolkit|content-disposition)/)',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.memori'],
  setupFiles: ['reflect-metadata'],
};

export default {
  // Machines are shared: a test that waits for its turn has not failed.
  testTimeout: 30_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,scripts}/**/*.spec.ts'] },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs}/**/*.int-spec.ts'],
      globalSetup: '<rootDir>/libs/testing/src/jest/global-setup.ts',
      globalTeardown: '<rootDir>/libs/testing/src/jest/global-teardown.ts',
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      globalSetup: '<rootDir>/libs/testing/src/jest/global-setup.ts',
      globalTeardown: '<rootDir>/libs/testing/src/jest/global-teardown.ts',
    },
  ],
};
