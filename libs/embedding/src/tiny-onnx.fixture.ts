import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Field = readonly [number: number, value: number | string | Uint8Array | Message];
type Message = readonly Field[];

/**
 * Writes an ONNX folder whose network is one look-up: each token of `vocabulary` becomes its row of numbers. `more` are
 * further files of the folder, as JSON.
 */
export function writeTinyOnnx(
  folder: string,
  vocabulary: Readonly<Record<string, readonly number[]>>,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const words = Object.keys(vocabulary);
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: words[0] },
  };
  for (const [name, value] of Object.entries({ 'tokenizer.json': tokenizer, 'tokenizer_config.json': {}, ...more })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(value));
  }
  writeFileSync(join(folder, 'model.onnx'), encode(model(Object.values(vocabulary))));
}

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto names the fields by these numbers. */
function model(rows: readonly (readonly number[])[]): Message {
  const width = rows[0]?.length ?? 0;
  const [FLOAT, INT64] = [1, 7];
  const table: Message = [
    [1, rows.length],
    [1, width],
    [2, FLOAT],
    [8, 'table'],
    [9, new Uint8Array(Float32Array.from(rows.flat()).buffer)],
  ];
  const gather: Message = [
    [1, 'table'],
    [1, 'input_ids'],
    [2, 'last_hidden_state'],
    [4, 'Gather'],
  ];
  const value = (name: string, type: number, dimensions: readonly (string | number)[]): Message => {
    const shape = dimensions.map((each): Field => [1, [typeof each === 'string' ? [2, each] : [1, each]]]);
    const tensor: Message = [
      [1, type],
      [2, shape],
    ];
    return [
      [1, name],
      [2, [[1, tensor]]],
    ];
  };
  const graph: Message = [
    [1, gather],
    [2, 'tiny'],
    [5, table],
    [11, value('input_ids', INT64, ['texts', 'tokens'])],
    [11, value('attention_mask', INT64, ['texts', 'tokens'])],
    [12, value('last_hidden_state', FLOAT, ['texts', 'tokens', width])],
  ];
  return [
    [1, 8],
    [7, graph],
    [8, [[2, 13]]],
  ];
}

function encode(message: Message): Uint8Array {
  return Buffer.concat(message.map(([number, value]) => field(number, value)));
}

function field(number: number, value: Field[1]): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : encode(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}
