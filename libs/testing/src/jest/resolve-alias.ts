import Module from 'node:module';
import { join } from 'node:path';

type Resolve = (request: string, ...rest: unknown[]) => string;

const LIBS = join(__dirname, '../../..');

// Jest applies its moduleNameMapper to tests but not to globalSetup, which therefore learns the aliases by importing
// this file before any other.
const loader = Module as unknown as { _resolveFilename: Resolve };
const original = loader._resolveFilename;
loader._resolveFilename = function (request, ...rest) {
  const lib = /^@memori\/([a-z0-9-]+)$/.exec(request)?.[1];
  return original.call(this, lib ? join(LIBS, lib, 'src/index.ts') : request, ...rest);
};
