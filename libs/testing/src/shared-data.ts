import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of real input, which lies beside the repository where there is one. Undefined: tests on it are skipped. */
export function sharedData(): string | undefined {
  const candidates = [process.env.MEMORI_TEST_SHARED_DATA, join(__dirname, '../../../../shared/data')];
  return candidates.find((dir): dir is string => dir !== undefined && dir !== '' && existsSync(dir));
}

/** True where a skipped test counts as a failure. */
export function isStrict(): boolean {
  return process.env.MEMORI_TEST_STRICT === '1';
}
