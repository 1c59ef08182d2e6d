import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, StartError } from '@memori/database';
import { KeyMaterial } from './key-material';

const NAME = 'encryption-check';

/** A start with the wrong encryption key would find every password unreadable, one failure at a time. Better none. */
@Injectable()
export class EncryptionCheck implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly keys: KeyMaterial,
  ) {}

  async onModuleInit(): Promise<void> {
    const ours = createHmac('sha256', this.keys.encryptionKey).update('memori-encryption-check-1').digest();
    if (timingSafeEqual(await this.stored(ours), ours)) return;
    throw new WrongEncryptionKeyError(this.keys.encryptionKeyFile);
  }

  /** The check value of the database; the first start leaves its own. */
  private async stored(ours: Buffer): Promise<Buffer> {
    const value = JSON.stringify(ours.toString('base64'));
    await this.database.call('INSERT INTO memori.settings (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      NAME,
      value,
    ]);
    const [row] = await this.database.call<{ value: string }>('SELECT value FROM memori.settings WHERE key = $1', [
      NAME,
    ]);
    const stored = Buffer.from(String(row?.value), 'base64');
    return stored.length === ours.length ? stored : Buffer.alloc(ours.length);
  }
}

/** The database was written with another key. */
export class WrongEncryptionKeyError extends StartError {
  constructor(file: string | null) {
    const place = file ?? 'MEMORI_ENCRYPTION_KEY';
    super(
      `The encryption key in ${place} is not the one that this database was set up with. ` +
        'Restore the former key: without it stored passwords and rows cannot be read.',
    );
  }
}
