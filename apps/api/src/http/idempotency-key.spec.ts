import { idempotencyKeyOf } from './idempotency-key';

describe('idempotencyKeyOf', () => {
  it.each([
    ['abc', 'abc'],
    ['%E8%AE%A2%E5%8D%95%201', '订单 1'],
    ['"quoted"', '"quoted"'],
  ])('reads %j', (header, key) => {
    expect(idempotencyKeyOf(header)).toBe(key);
  });

  it('is undefined without the header', () => {
    expect(idempotencyKeyOf(undefined)).toBeUndefined();
  });

  it.each(['', '%', '%ff', 'Ã¼', '%00', 'a'.repeat(256)])('refuses %j', (header) => {
    expect(() => idempotencyKeyOf(header)).toThrow(/Idempotency-Key/);
  });
});
