/**
 * `npm run build`: compiles into dist when something has changed since the last time, and does nothing otherwise. The
 * new dist is made beside the old one and takes its place whole, so that a failure leaves the old one as it was.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const next = join(root, `.memori-build-${process.pid}`);
const STAMP = '.built-from';
// Read at run time from where the code lies: SQL, prompts, price tables, scripts for Redis and for threads.
const ASSET = /\.(sql|md|json|ndjson|lua|cjs)$/;
const TEST = /\.(spec|int-spec)\.ts$/;

const sources = ['apps', 'libs']
  .flatMap((dir) => filesUnder(dir))
  .filter((file) => !TEST.test(file))
  .sort();
const stamp = hashOf([...sources, ...settingsFiles()]);
if (stampOf(dist) === stamp) process.exit(0);

process.on('exit', () => rmSync(next, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

console.log('Building Memori …');
compile();
for (const file of sources.filter((name) => ASSET.test(name))) {
  mkdirSync(join(next, file, '..'), { recursive: true });
  cpSync(join(root, file), join(next, file));
}
writeFileSync(join(next, STAMP), stamp);
takePlace();

function compile() {
  mkdirSync(next, { recursive: true });
  const config = {
    extends: '../tsconfig.build.json',
    compilerOptions: { outDir: '.', incremental: false, tsBuildInfoFile: null },
  };
  writeFileSync(join(next, 'tsconfig.json'), JSON.stringify(config));
  const cli = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { status, signal } = spawnSync(
    process.execPath,
    [cli, 'build', 'memori', '--path', `${basename(next)}/tsconfig.json`],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  // Ctrl-C reached the compiler too, which the CLI turns into its own exit code.
  if (signal || status === 130) process.exit(130);
  if (status !== 0 || !existsSync(join(next, 'apps/memori/src/main.js'))) {
    console.error('The build failed; dist is as it was.');
    process.exit(1);
  }
  rmSync(join(next, 'tsconfig.json'));
}

function takePlace() {
  const old = `${next}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  try {
    renameSync(next, dist);
  } catch (error) {
    // Another build was faster by a moment; its dist is as new as this one, or its stamp says that it is not.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

function filesUnder(dir) {
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function settingsFiles() {
  return [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
    'scripts/build.mjs',
  ];
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function stampOf(dir) {
  const file = join(dir, STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
