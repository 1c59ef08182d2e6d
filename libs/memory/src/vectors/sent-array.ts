/** What `array_send` makes of a real[] of one dimension: 20 bytes about the array, then length and number for each. */
export function vectorFromSent(bytes: Buffer): Float32Array {
  const vector = new Float32Array(Math.max(0, (bytes.length - 20) >> 3));
  for (let at = 0; at < vector.length; at++) vector[at] = bytes.readFloatBE(24 + at * 8);
  return vector;
}
