import { dotProduct, unitVector, vectorFromBytes, vectorToBytes } from './vectors';

describe('vectors', () => {
  it('become unit vectors, whose product is the cosine', () => {
    const [one, other] = [unitVector(Float32Array.of(3, 4)), unitVector(Float32Array.of(4, 3))];

    expect(dotProduct(one as Float32Array, one as Float32Array)).toBeCloseTo(1, 6);
    expect(dotProduct(one as Float32Array, other as Float32Array)).toBeCloseTo(24 / 25, 6);
  });

  it.each([[Float32Array.of(0, 0)], [Float32Array.of(Number.NaN, 1)], [Float32Array.of(Infinity, 1)]])(
    'have no direction when they are %p',
    (vector) => {
      expect(unitVector(vector)).toBeUndefined();
    },
  );

  it('come back from bytes as they were', () => {
    const vector = Float32Array.of(0.1, -2.5e-12, 3e20);

    expect(vectorFromBytes(vectorToBytes(vector))).toEqual(vector);
    expect(vectorToBytes(Float32Array.of(1)).toString('hex')).toBe('0000803f');
  });
});
