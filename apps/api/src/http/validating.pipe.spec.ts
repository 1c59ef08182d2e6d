import 'reflect-metadata';
import type { DomainError } from '@memori/errors';
import { FlagField, IntegerField, ObjectsField, TextField, TextsField } from '../openapi/fields';
import { checked, ValidatingPipe } from './validating.pipe';

class Part {
  @TextField({ description: '' })
  name: string;
}

class Wish {
  @TextField({ description: '' })
  text: string;

  @FlagField({ description: '', optional: true })
  flag?: boolean | null;

  @IntegerField({ description: '', optional: true })
  count?: number | null;

  @TextsField({ description: '', optional: true })
  texts?: string[];

  @ObjectsField(() => Part, { description: '', optional: true })
  parts?: Part[];
}

const errorsOf = async (value: unknown) => {
  const error = await checked(Wish, value).then(
    () => undefined,
    (reason: DomainError) => reason,
  );
  return error?.facts.errors?.map(({ pointer }) => pointer);
};

describe('checked', () => {
  it('makes an instance of what is right', async () => {
    const wish = await checked(Wish, { text: 'a', flag: false, count: 0, texts: [], parts: [{ name: 'n' }] });

    expect(wish).toBeInstanceOf(Wish);
    expect(wish.parts?.[0]).toBeInstanceOf(Part);
  });

  it('lets null stand for what may be left out', async () => {
    expect(await errorsOf({ text: 'a', flag: null, count: null })).toBeUndefined();
  });

  it.each([
    [{}, ['/text']],
    [{ text: null }, ['/text']],
    [{ text: 1 }, ['/text']],
    [{ text: ['a'] }, ['/text']],
    [{ text: { length: 1 } }, ['/text']],
    [{ text: 'a', flag: 'true' }, ['/flag']],
    [{ text: 'a', flag: 1 }, ['/flag']],
    [{ text: 'a', count: '5' }, ['/count']],
    [{ text: 'a', count: 1.5 }, ['/count']],
    [{ text: 'a', count: 1e400 }, ['/count']],
    [{ text: 'a', texts: 'b' }, ['/texts']],
    [{ text: 'a', texts: ['b', 2] }, ['/texts']],
    [{ text: 'a', parts: [{ name: 'n' }, { name: 1 }] }, ['/parts/1/name']],
    [{ text: 'a', parts: [{ name: 'n', more: 1 }] }, ['/parts/0/more']],
    [{ text: 'a', parts: [[]] }, ['/parts']],
    [{ text: 'a', parts: ['x'] }, ['/parts', '/parts/0']],
  ])('refuses %j and points to each fault', async (value, pointers) => {
    expect(new Set(await errorsOf(value))).toEqual(new Set(pointers));
  });

  it.each(['more', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__', 'a/b', ''])(
    'refuses the unknown field %j',
    async (name) => {
      const pointer = `/${name.replace('/', '~1')}`;

      expect(await errorsOf({ text: 'a', [name]: 1 })).toEqual([pointer]);
    },
  );

  it.each([[[]], ['text'], [5], [true], [null]])('refuses %j in place of an object', async (value) => {
    expect(await errorsOf(value)).toEqual(['']);
  });

  it('does not answer a body of a thousand faults with a thousand errors', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 1]));

    expect(await errorsOf({ text: 'a', ...many })).toHaveLength(100);
  });
});

describe('ValidatingPipe', () => {
  it('takes an absent body for an empty one', async () => {
    await expect(new ValidatingPipe().transform(undefined, { type: 'body', metatype: Wish })).rejects.toMatchObject({
      facts: { errors: [{ pointer: '/text' }] },
    });
  });

  it('leaves plain parameters alone', () => {
    expect(new ValidatingPipe().transform('5', { type: 'param', metatype: String })).toBe('5');
  });
});
