import { StartError } from '@memori/database';
import { explainFailure } from './start-failure';

describe('explainFailure', () => {
  it('says what is wrong with the configuration, without a stack', () => {
    const text = explainFailure(new Error('Invalid environment:\n  MEMORI_PORT must be an integer number'));

    expect(text).toContain('  Invalid environment:\n    MEMORI_PORT must be an integer number');
    expect(text).not.toContain(' at ');
  });

  it('passes on what a lib knows about the start', () => {
    expect(explainFailure(new StartError('The disk is full.'))).toBe(
      '\nMemori cannot start.\n\n  The disk is full.\n\n',
    );
  });

  it('names the variable when the port is taken', () => {
    const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 3000 });

    expect(explainFailure(error)).toMatch(/Port 3000 is taken.*MEMORI_PORT/);
  });

  it('shows where a bug is, but nothing that it quotes', () => {
    const text = explainFailure(new Error('cannot read "postgresql://user:secret@host"'));

    expect(text).toContain('at ');
    expect(text).not.toContain('secret');
  });
});
