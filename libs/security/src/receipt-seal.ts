import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyMaterial } from './key-material';

// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Who signed, over which bytes, and with what: enough to check it by any tool that knows Ed25519 (RFC 8032). */
export interface Signature {
  readonly algorithm: 'Ed25519';
  /** SubjectPublicKeyInfo in DER, base64. The same for every receipt of one installation. */
  readonly publicKey: string;
  /** Over the UTF-8 bytes of `signed`; base64. */
  readonly value: string;
  /** The text that was signed: a JSON object. */
  readonly signed: string;
}

/** Signs receipts with a key that follows from the installation's encryption key. */
@Injectable()
export class ReceiptSeal {
  private readonly key: KeyObject;
  private readonly publicKey: string;

  constructor({ encryptionKey }: KeyMaterial) {
    const seed = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'memori-receipts-1', 32));
    this.key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.key).export({ format: 'der', type: 'spki' }).toString('base64');
  }

  sign(receipt: object): Signature {
    const signed = JSON.stringify(receipt);
    const value = sign(null, Buffer.from(signed, 'utf8'), this.key).toString('base64');
    return { algorithm: 'Ed25519', publicKey: this.publicKey, value, signed };
  }
}
