import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Env } from '@memori/config';
import type { Options } from './options';

/** Where Memori is, and the key for it. */
export interface Connection {
  readonly url: string;
  readonly key: string;
}

/** From the command line, else from the same configuration that the server reads. */
export function connectionOf(options: Pick<Options, 'url' | 'key'>, env: Env, directory = process.cwd()): Connection {
  const host = env.MEMORI_HOST === '0.0.0.0' || env.MEMORI_HOST === '::' ? '127.0.0.1' : env.MEMORI_HOST;
  const url = options.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${env.MEMORI_PORT}`;
  return { url: url.replace(/\/+$/, ''), key: options.key ?? env.MEMORI_ADMIN_KEY ?? keyInDataDir(env, directory) };
}

function keyInDataDir(env: Env, directory: string): string {
  const file = resolve(directory, env.MEMORI_DATA_DIR, 'admin.key');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(
      `There is no key in ${file}. Start Memori once with "npm start", set MEMORI_ADMIN_KEY, or give --key.`,
    );
  }
}
