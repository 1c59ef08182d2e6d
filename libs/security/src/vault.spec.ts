import { randomBytes } from 'node:crypto';
import { Vault, VaultError } from './vault';

describe('Vault', () => {
  const key = randomBytes(32);
  const vault = new Vault(key);

  it.each(['', 'secret', '密码🔑 with blanks', 'x'.repeat(100_000)])('gives back what it sealed: %#', (text) => {
    expect(vault.decrypt(vault.encrypt(text, 'data-source:1'), 'data-source:1').toString('utf8')).toBe(text);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0, 255, 128, 10, 0]);

    expect(vault.decrypt(vault.encrypt(bytes, 'rows'), 'rows')).toEqual(bytes);
  });

  it('opens with a second instance of the same key, as after a restart', () => {
    const sealed = vault.encrypt('secret', 'a');

    expect(new Vault(Buffer.from(key)).decrypt(sealed, 'a').toString()).toBe('secret');
  });

  it('never seals the same text to the same bytes, and never shows it', () => {
    const [first, second] = [vault.encrypt('secret', 'a'), vault.encrypt('secret', 'a')];

    expect(first.equals(second)).toBe(false);
    expect(first.includes('secret')).toBe(false);
  });

  it('does not open in another context', () => {
    const sealed = vault.encrypt('secret', 'data-source:1');

    expect(() => vault.decrypt(sealed, 'data-source:2')).toThrow(VaultError);
  });

  it('names both keys, and neither key nor text, when the key is another', () => {
    const other = new Vault(randomBytes(32));
    const sealed = other.encrypt('secret', 'a');

    expect(() => vault.decrypt(sealed, 'a')).toThrow(
      /encrypted with another key \(id [0-9a-f]{8}; ours is [0-9a-f]{8}\)/,
    );
  });

  it('notices a change of any byte', () => {
    const sealed = vault.encrypt('secret', 'a');

    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => vault.decrypt(changed, 'a')).toThrow(VaultError);
    }
  });

  it('refuses what is too short or of an unknown version', () => {
    expect(() => vault.decrypt(Buffer.alloc(10), 'a')).toThrow('too short');
    expect(() => vault.decrypt(Buffer.alloc(64, 9), 'a')).toThrow('unknown version 9');
  });

  it('refuses a key that is not 32 bytes long', () => {
    expect(() => new Vault(randomBytes(16))).toThrow('32 bytes');
  });
});
