import type { DomainError } from '@memori/errors';
import { checkInput, checkPatch, sslModeOf } from './data-source-input';
import type { DataSourceInput } from './data-source.record';

const valid: DataSourceInput = { name: 'shop', dialect: 'postgresql', url: 'postgresql://u:p@h/d' };
const pointers = (check: () => void): string[] => {
  try {
    check();
    return [];
  } catch (error) {
    return ((error as DomainError).facts.errors ?? []).map(({ pointer }) => pointer);
  }
};

describe('checkInput', () => {
  it.each<Partial<DataSourceInput>>([
    {},
    { name: '店 🔑 "x"' },
    {
      schemas: ['public', 'Sch 中'],
      description: 'two\nlines',
      ssl: 'verify-full',
      sampleValues: 'all',
      timeZone: 'Asia/Shanghai',
    },
    { schemas: null, description: null, ssl: null, sampleValues: null, timeZone: null },
    { ssl: true },
  ])('takes %j', (fields) => {
    expect(pointers(() => checkInput({ ...valid, ...fields }))).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['/name', { name: '' }],
    ['/name', { name: ' x' }],
    ['/name', { name: 'a\nb' }],
    ['/name', { name: 'a\0b' }],
    ['/name', { name: '\ud800' }],
    ['/name', { name: 'x'.repeat(201) }],
    ['/name', { name: '01890a5d-ac96-774b-bcce-b302099a8057' }],
    ['/name', { name: 5 }],
    ['/name', { name: null }],
    ['/dialect', { dialect: 'mysql' }],
    ['/url', { url: '' }],
    ['/url', { url: null }],
    ['/schemas', { schemas: [] }],
    ['/schemas', { schemas: ['a', 'a'] }],
    ['/schemas', { schemas: [''] }],
    ['/schemas', { schemas: ['x'.repeat(64)] }],
    ['/schemas', { schemas: ['pg_catalog'] }],
    ['/schemas', { schemas: ['information_schema'] }],
    ['/schemas', { schemas: ['a\0'] }],
    ['/schemas', { schemas: 'public' }],
    ['/description', { description: 'x'.repeat(10_001) }],
    ['/ssl', { ssl: 'maybe' }],
    ['/sampleValues', { sampleValues: 'some' }],
    ['/timeZone', { timeZone: 'Mars/Olympus' }],
    ['/timeZone', { timeZone: '' }],
  ])('refuses at %s: %j', (pointer, fields) => {
    expect(pointers(() => checkInput({ ...valid, ...fields } as DataSourceInput))).toEqual([pointer]);
  });

  it('names what is missing', () => {
    expect(pointers(() => checkInput({} as DataSourceInput))).toEqual(['/name', '/dialect', '/url']);
  });

  it('lets a patch leave anything out', () => {
    expect(pointers(() => checkPatch({}))).toEqual([]);
    expect(pointers(() => checkPatch({ name: ' ' }))).toEqual(['/name']);
  });
});

describe('sslModeOf', () => {
  it.each([
    [true, 'require'],
    [false, 'disable'],
    ['verify-ca', 'verify-ca'],
    [null, undefined],
    [undefined, undefined],
  ] as const)('reads %s as %s', (ssl, mode) => {
    expect(sslModeOf(ssl)).toBe(mode);
  });
});
