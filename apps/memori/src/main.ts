import 'reflect-metadata';
import { loadEnv } from '@memori/config';
import { runMemori } from './run-memori';
import { explainFailure } from './start-failure';

runMemori(() => loadEnv(process.cwd())).catch((error: unknown) => {
  process.stderr.write(explainFailure(error));
  process.exit(1);
});
