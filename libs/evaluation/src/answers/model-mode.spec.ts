import { readModelMode } from './model-mode';

describe('readModelMode', () => {
  it.each([
    ['live', { kind: 'live' }],
    ['oracle', { kind: 'oracle' }],
    ['replay=a.jsonl', { kind: 'replay', file: 'a.jsonl' }],
    ['record=/tmp/a=b', { kind: 'record', file: '/tmp/a=b' }],
    ['prompts=p', { kind: 'prompts', file: 'p' }],
  ])('reads %s', (text, mode) => {
    expect(readModelMode(text)).toEqual(mode);
  });

  it.each(['', 'replay', 'replay=', 'oracle=x', 'claude-opus-5-5'])('does not understand %j', (text) => {
    expect(readModelMode(text)).toBeUndefined();
  });
});
