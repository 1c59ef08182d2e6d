import 'reflect-metadata';
import { loadEnv } from '@memori/config';
import { runMemori } from './run-memori';
import { explainFailure } from './start-failure';

// Given by `npm run demo:model`, which lets a fake Claude stand in for the real one.
const simulated = process.argv.includes('--simulated');

runMemori(() => loadEnv(process.cwd()), { simulated }).catch((error: unknown) => {
  process.stderr.write(explainFailure(error));
  process.exit(1);
});
