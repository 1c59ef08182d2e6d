import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

/** What was sealed cannot be opened. The message says why, never what. */
export class VaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VaultError';
  }
}

/**
 * Encrypts what must not lie readable in the database: passwords of data sources, rows of answers.
 * Sealed: version (1 byte), key id (4), nonce (12), tag (16), ciphertext. Header and context are authenticated,
 * so that a sealed value copied to another row does not open there.
 */
export class Vault {
  private readonly key: Buffer;
  private readonly header: Buffer;

  /** `secret` is the installation's encryption key: 32 bytes. */
  constructor(secret: Buffer) {
    if (secret.length !== 32) throw new VaultError('The encryption key must be 32 bytes long.');
    // A key of its own: the same secret also makes the check value in the database.
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'memori-vault-1', 32));
    const keyId = createHash('sha256').update(this.key).digest().subarray(0, KEY_ID_BYTES);
    this.header = Buffer.concat([Buffer.of(VERSION), keyId]);
  }

  /** `context` says whose secret it is, as `data-source:<id>`; the same is needed to open it. */
  encrypt(plaintext: string | Buffer, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.associatedData(context));
    const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
    const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([this.header, nonce, cipher.getAuthTag(), ciphertext]);
  }

  decrypt(sealed: Buffer, context: string): Buffer {
    this.refuseForeign(sealed);
    const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
    const tag = sealed.subarray(HEADER_BYTES + NONCE_BYTES, OVERHEAD_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.associatedData(context));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(sealed.subarray(OVERHEAD_BYTES)), decipher.final()]);
    } catch {
      throw new VaultError('A sealed value does not open: it was changed, or it belongs to something else.');
    }
  }

  private refuseForeign(sealed: Buffer): void {
    if (sealed.length < OVERHEAD_BYTES) throw new VaultError('A sealed value is too short to be one.');
    if (sealed[0] !== VERSION) throw new VaultError(`A sealed value has the unknown version ${sealed[0]}.`);
    if (sealed.subarray(0, HEADER_BYTES).equals(this.header)) return;
    const [theirs, ours] = [sealed, this.header].map((bytes) => bytes.subarray(1, HEADER_BYTES).toString('hex'));
    throw new VaultError(
      `A sealed value was encrypted with another key (id ${theirs}; ours is ${ours}). Restore the former MEMORI_ENCRYPTION_KEY.`,
    );
  }

  private associatedData(context: string): Buffer {
    return Buffer.concat([this.header, Buffer.from(context, 'utf8')]);
  }
}
