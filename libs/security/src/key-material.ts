import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Env } from '@memori/config';
import { readOrMakeSecret } from './secret-file';

const ADMIN_KEY = /^[\x21-\x7e]{16,}$/;
const ENCRYPTION_KEY = /^([0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$/;

/** The two keys that Memori cannot do without: the administrator's and the one that encrypts at rest. */
export class KeyMaterial {
  constructor(
    /** Verbatim, as a bearer token. */
    readonly adminKey: string,
    /** 32 bytes. */
    readonly encryptionKey: Buffer,
    /** The file that holds the administrator's key; null when it came from the configuration. */
    readonly adminKeyFile: string | null = null,
    readonly encryptionKeyFile: string | null = null,
  ) {}

  /** From the configuration, else from the data directory, where missing ones are made at the first start. */
  static from(env: Env, directory = process.cwd()): KeyMaterial {
    const inDataDir = (name: string) => resolve(directory, join(env.MEMORI_DATA_DIR, name));
    const adminFile = env.MEMORI_ADMIN_KEY ? null : inDataDir('admin.key');
    const encryptionFile = env.MEMORI_ENCRYPTION_KEY ? null : inDataDir('encryption.key');
    const adminKey = adminFile ? readOrMakeSecret(adminFile, ADMIN_KEY, makeAdminKey) : (env.MEMORI_ADMIN_KEY ?? '');
    const encryptionKey = encryptionFile
      ? readOrMakeSecret(encryptionFile, ENCRYPTION_KEY, () => randomBytes(32).toString('base64'))
      : (env.MEMORI_ENCRYPTION_KEY ?? '');
    return new KeyMaterial(adminKey, keyBytes(encryptionKey), adminFile, encryptionFile);
  }
}

function makeAdminKey(): string {
  return `memori_admin_${randomBytes(24).toString('base64url')}`;
}

function keyBytes(text: string): Buffer {
  return Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64');
}
