import { readOptions, UsageError } from './options';

describe('readOptions', () => {
  it('reads a question with its options', () => {
    expect(readOptions(['ask', 'How many?', '--data-source', 'demo', '--json', '--max-rows', '5'])).toMatchObject({
      command: 'ask',
      question: 'How many?',
      dataSource: 'demo',
      json: true,
      maxRows: 5,
    });
  });

  it('joins a question that came without quotes', () => {
    expect(readOptions(['ask', 'How', 'many?'])).toMatchObject({ question: 'How many?' });
  });

  it.each([[[]], [['help']], [['--help']], [['ask', '-h']]])('helps with %j', (args) => {
    expect(readOptions(args).command).toBe('help');
  });

  it.each([
    [['ask']],
    [['ask', ' ']],
    [['sing', 'x']],
    [['ask', 'x', '--loud']],
    [['ask', 'x', '--max-rows', 'many']],
    [['ask', 'x', '--url', 'here']],
  ])('does not understand %j', (args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});
