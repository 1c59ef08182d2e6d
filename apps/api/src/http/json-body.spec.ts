import { DomainError } from '@memori/errors';
import { parseJsonBody } from './json-body';

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const refusalOf = (bytes: Buffer): DomainError => {
  try {
    parseJsonBody(bytes);
  } catch (error) {
    return error as DomainError;
  }
  throw new Error('It was taken.');
};

describe('parseJsonBody', () => {
  it('takes JSON in any script, and nothing at all as nothing', () => {
    expect(parse('{"question":"多少客户？ 🎉"}')).toEqual({ question: '多少客户？ 🎉' });
    expect(parse('')).toBeUndefined();
  });

  it('takes a byte order mark', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it.each(['{', "{'a':1}", '{"a":1,}', 'question=1', '{"a":NaN}', '{"a":"\u0000"}', '{"a":1}{"b":2}', '\u0000'])(
    'cannot read %j',
    (text) => {
      expect(refusalOf(Buffer.from(text))).toMatchObject({ kind: 'unreadable', code: 'invalid-request' });
    },
  );

  it('does not guess at bytes that are no UTF-8', () => {
    expect(refusalOf(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ kind: 'unreadable' });
    expect(
      refusalOf(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])),
    ).toMatchObject({
      kind: 'unreadable',
    });
  });

  it('quotes nothing of what it could not read', () => {
    expect(refusalOf(Buffer.from('{"password": hunter2}')).message).not.toContain('hunter2');
  });

  it.each([
    ['{"question":"a\\u0000b"}', '/question'],
    ['{"question":"\\ud800"}', '/question'],
    ['{"a":[{"b/c":"\\udfff"}]}', '/a/0/b~1c'],
    ['["\\u0000"]', '/0'],
    ['"\\ud83d"', ''],
    ['{"a\\u0000":1}', '/a\u0000'],
    ['{"\\ud800":1}', '/\ufffd'],
    ['{"__proto__":{"roles":["administrator"]}}', '/__proto__'],
    ['{"a":{"__proto__":1}}', '/a/__proto__'],
  ])('refuses %s and says where', (text, pointer) => {
    expect(refusalOf(Buffer.from(text))).toMatchObject({ kind: 'invalid', facts: { errors: [{ pointer }] } });
  });

  it('takes whole pairs of surrogates', () => {
    expect(parse('"\\ud83c\\udf89"')).toBe('🎉');
  });

  it('refuses nesting that would overrun the stack of whoever walks it', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);

    expect(refusalOf(Buffer.from(`{"question":${deep}}`))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('deeper'),
    });
  });
});
