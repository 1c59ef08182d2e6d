import { DomainError } from '@memori/errors';
import { describeError, maskQuoted } from './describe-error';

describe('describeError', () => {
  it('masks what PostgreSQL quotes and reads neither detail nor hint', () => {
    const error = Object.assign(new Error('invalid input syntax for type integer: "4111 1111"'), {
      code: '22P02',
      detail: 'Key (email)=(ada@example.com)',
      hint: 'try ada@example.com',
    });

    const described = describeError(error);

    expect(described).toMatchObject({ code: '22P02', message: 'invalid input syntax for type integer: "…"' });
    expect(JSON.stringify(described)).not.toMatch(/4111|ada@/);
  });

  it('keeps the frames of a bug and drops the first line of its stack, which repeats the message', () => {
    const described = describeError(new Error('broken near "secret"'));

    expect(described.stack).toMatch(/^\s+at /);
    expect(described.stack).not.toContain('secret');
  });

  it('needs no stack for an error that the domain knows', () => {
    expect(describeError(new DomainError('limit', 'queue-full', 'Too many wait.'))).toEqual({
      type: 'DomainError',
      code: 'queue-full',
      message: 'Too many wait.',
    });
  });

  it('follows causes, but not for ever', () => {
    const circular = new Error('a');
    circular.cause = new Error('b', { cause: circular });

    const depth = JSON.stringify(describeError(circular)).split('"cause"').length;

    expect(depth).toBe(5);
  });

  it('says of a thrown text only that it was one', () => {
    expect(describeError('SELECT password')).toEqual({
      type: 'string',
      message: 'something that is no Error was thrown',
    });
  });
});

describe('maskQuoted', () => {
  it.each([
    ["value 'it''s me' is wrong", "value '…' is wrong"],
    ['Unexpected token \'h\', "hello wor"... is not valid JSON', 'Unexpected token \'…\', "…"... is not valid JSON'],
    ["unterminated 'secret and more", "unterminated '…'"],
    ['nothing quoted', 'nothing quoted'],
  ])('masks %j', (text, masked) => {
    expect(maskQuoted(text)).toBe(masked);
  });
});
