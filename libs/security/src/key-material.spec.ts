import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Env } from '@memori/config';
import { KeyMaterial } from './key-material';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memori keys ü '));
});

afterEach(() => rmSync(folder, { recursive: true }));

function anEnv(values: Partial<Env> = {}): Env {
  return Object.assign(new Env(), { MEMORI_DATA_DIR: folder }, values);
}

describe('KeyMaterial', () => {
  it('makes both keys at the first start, readable by their owner alone, and finds them again', () => {
    const first = KeyMaterial.from(anEnv());
    const second = KeyMaterial.from(anEnv());

    expect(first.adminKey).toMatch(/^[\x21-\x7e]{16,}$/);
    expect(first.encryptionKey).toHaveLength(32);
    expect(second).toEqual(first);
    expect(readdirSync(folder).sort()).toEqual(['admin.key', 'encryption.key']);
    expect(statSync(join(folder, 'admin.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'admin.key'), 'utf8').trim()).toBe(first.adminKey);
  });

  it('makes a data directory that is not there yet', () => {
    const keys = KeyMaterial.from(anEnv({ MEMORI_DATA_DIR: join(folder, 'a', 'b') }));

    expect(keys.adminKeyFile).toBe(join(folder, 'a', 'b', 'admin.key'));
  });

  it('takes keys of the configuration verbatim and writes nothing', () => {
    const hex = 'ab'.repeat(32);

    const keys = KeyMaterial.from(anEnv({ MEMORI_ADMIN_KEY: 'mk_0123456789abcdef', MEMORI_ENCRYPTION_KEY: hex }));

    expect(keys.adminKey).toBe('mk_0123456789abcdef');
    expect(keys.encryptionKey.toString('hex')).toBe(hex);
    expect(keys.adminKeyFile).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads the encryption key as base64 and as hex alike', () => {
    const key = Buffer.alloc(32, 7);

    const [hex, base64] = [key.toString('hex'), key.toString('base64')].map((text) =>
      KeyMaterial.from(anEnv({ MEMORI_ADMIN_KEY: 'x'.repeat(16), MEMORI_ENCRYPTION_KEY: text })),
    );

    expect(hex?.encryptionKey).toEqual(base64?.encryptionKey);
  });

  it('says which file is unusable, and never what stands in it', () => {
    writeFileSync(join(folder, 'admin.key'), 'short');

    expect(() => KeyMaterial.from(anEnv())).toThrow(/admin\.key does not hold a usable key/);
    expect(() => KeyMaterial.from(anEnv())).not.toThrow(/short/);
  });

  it('says where it may not write', () => {
    writeFileSync(join(folder, 'file'), '');

    expect(() => KeyMaterial.from(anEnv({ MEMORI_DATA_DIR: join(folder, 'file') }))).toThrow(
      /MEMORI_DATA_DIR|cannot be read/,
    );
  });
});
