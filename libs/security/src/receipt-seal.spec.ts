import { createPublicKey, verify } from 'node:crypto';
import { KeyMaterial } from './key-material';
import { ReceiptSeal, type Signature } from './receipt-seal';

const KEYS = new KeyMaterial('memori_admin_0123456789', Buffer.alloc(32, 7));
const RECEIPT = { id: '1', counts: { turns: 2 }, target: 'Zoë 用户' };

function holds({ publicKey, value, signed }: Signature, text = signed): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(value, 'base64'));
}

describe('the seal of a receipt', () => {
  it('is checked with nothing but what it brings along', () => {
    const signature = new ReceiptSeal(KEYS).sign(RECEIPT);

    expect(JSON.parse(signature.signed)).toEqual(RECEIPT);
    expect(holds(signature)).toBe(true);
  });

  it('does not hold for another text', () => {
    const signature = new ReceiptSeal(KEYS).sign(RECEIPT);

    expect(holds(signature, signature.signed.replace('"turns":2', '"turns":3'))).toBe(false);
  });

  it('names the same key for one installation, and another for another', () => {
    const other = new KeyMaterial('memori_admin_0123456789', Buffer.alloc(32, 8));

    const { publicKey } = new ReceiptSeal(KEYS).sign(RECEIPT);

    expect(new ReceiptSeal(KEYS).sign({}).publicKey).toBe(publicKey);
    expect(new ReceiptSeal(other).sign(RECEIPT).publicKey).not.toBe(publicKey);
  });
});
