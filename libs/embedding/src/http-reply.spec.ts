import { EmbeddingError } from './embedding-error';
import { vectorsOfReply } from './http-reply';

const vector = (...values: unknown[]) => ({ embedding: values });

describe('vectorsOfReply', () => {
  it('takes the vectors in the order of their index', () => {
    const body = {
      data: [
        { index: 1, embedding: [3, 4] },
        { index: 0, embedding: [1, 2] },
      ],
      usage: {},
    };

    expect(vectorsOfReply(body, 2)).toEqual([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
  });

  it('takes the order of the list when nothing is numbered', () => {
    expect(vectorsOfReply({ data: [vector(1), vector(2)] }, 2)).toEqual([Float32Array.of(1), Float32Array.of(2)]);
  });

  it.each([
    ['null', null, 'no "data"'],
    ['an error in a 200', { error: 'no credit' }, 'no "data"'],
    ['too few', { data: [vector(1)] }, '1 vectors came for 2'],
    [
      'an index twice',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
      'twice',
    ],
    [
      'an index too far',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 7, embedding: [1] },
        ],
      },
      '"index" is wrong',
    ],
    ['different lengths', { data: [vector(1), vector(1, 2)] }, 'differ in length'],
    ['texts', { data: [vector('1'), vector(2)] }, 'no list of numbers'],
    ['nothing', { data: [vector(), vector()] }, 'no list of numbers'],
    ['base64', { data: [{ embedding: 'AAAA' }, { embedding: 'AAAA' }] }, 'no list of numbers'],
    ['null in the list', { data: [null, null] }, 'no list of numbers'],
  ])('refuses %s', (_, body, why) => {
    expect(() => vectorsOfReply(body, 2)).toThrow(EmbeddingError);
    expect(() => vectorsOfReply(body, 2)).toThrow(why);
  });
});
