import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { openApiText } from './openapi-text';

/** `node write-openapi.js [--check] openapi.json` */
async function writeOpenApi(args: readonly string[]): Promise<number> {
  const file = args.at(-1) ?? 'openapi.json';
  const text = await openApiText();
  if (!args.includes('--check')) {
    writeFileSync(file, text);
    return 0;
  }
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return 0;
  process.stderr.write(`${file} is stale: run "npm run openapi" and commit it.\n`);
  return 1;
}

void writeOpenApi(process.argv.slice(2)).then((code) => process.exit(code));
