import { RecallSettings } from './recall-settings';
import { RECALL_WEIGHTS } from './recall-weights';

describe('MEMORI_RECALL_WEIGHTS', () => {
  it('changes the weights that it names', () => {
    expect(RecallSettings.read('').weights).toEqual(RECALL_WEIGHTS);
    expect(RecallSettings.read('{}').weights).toEqual(RECALL_WEIGHTS);
    expect(RecallSettings.read('{"vector": 0, "speaker": 2.5}').weights).toEqual({
      ...RECALL_WEIGHTS,
      vector: 0,
      speaker: 2.5,
    });
  });

  it.each([
    ['vector=1', /must be a JSON object/],
    ['[1]', /must be a JSON object/],
    ['null', /must be a JSON object/],
    ['{"vectors": 1}', /"vectors" is no weight; there are previous, .*vector/],
    ['{"toString": 1}', /"toString" is no weight/],
    ['{"vector": "1"}', /"vector" must be a number from 0 to 10/],
    ['{"vector": -1}', /"vector" must be a number/],
    ['{"vector": 11, "fact": null}', /"vector" must be .*; "fact" must be/],
  ])('stops the start with %s', (text, message) => {
    expect(() => RecallSettings.read(text)).toThrow(message);
  });
});
