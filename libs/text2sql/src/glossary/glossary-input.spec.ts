import { InvalidRequestError } from '@memori/errors';
import { glossaryContent, type GlossaryInput, glossaryLine, parseGlossaryLine } from './glossary-input';

const term: GlossaryInput = { kind: 'term', name: '活跃客户', definition: 'Bought in the last 90 days' };
const metric: GlossaryInput = { kind: 'metric', name: 'ARR', expression: 'sum(amount) * 12', from: 'subscriptions' };
const rule: GlossaryInput = { kind: 'rule', definition: 'The fiscal year begins in April.' };

function pointersOf(input: unknown): string[] {
  try {
    glossaryContent(input as GlossaryInput);
    return [];
  } catch (error) {
    return ((error as InvalidRequestError).facts.errors as readonly { pointer: string }[]).map(
      ({ pointer }) => pointer,
    );
  }
}

describe('an entry of the glossary', () => {
  it.each([
    [[], term],
    [[], { ...term, synonyms: ['regular', 'klient'] }],
    [[], metric],
    [[], { ...metric, definition: 'Of paying customers' }],
    [[], rule],
    [[], { ...rule, synonyms: [] }],
    [['/kind'], { ...term, kind: 'word' }],
    [['/name'], { ...term, name: null }],
    [['/name'], { ...term, name: ' ' }],
    [['/name'], { ...term, name: '!?' }],
    [['/name'], { ...term, name: 'a\nb' }],
    [['/name'], { ...term, name: 'x'.repeat(201) }],
    [['/definition'], { ...term, definition: undefined }],
    [['/definition'], { ...term, definition: 'NUL \0' }],
    [['/expression', '/from'], { ...term, expression: '1', from: 'orders' }],
    [['/expression', '/from'], { kind: 'metric', name: 'ARR' }],
    [['/name', '/synonyms'], { ...rule, name: 'year', synonyms: ['y'] }],
    [['/definition'], { kind: 'rule' }],
    [['/synonyms'], { ...term, synonyms: 'klient' }],
    [['/synonyms/1'], { ...term, synonyms: ['klient', 7] }],
    [['/synonyms'], { ...term, synonyms: Array.from({ length: 31 }, (_, n) => `name ${n}`) }],
  ])('has faults at %j: %j', (pointers, input) => {
    expect(pointersOf(input)).toEqual(pointers);
  });

  it('keeps each synonym once, and none that is read as its name', () => {
    const { synonyms } = glossaryContent({
      ...metric,
      synonyms: ['ａｒｒ', 'recurring revenue', 'Recurring-revenues'],
    });

    expect(synonyms).toEqual(['recurring revenue']);
  });

  it('is the same entry however its name is written', () => {
    const keys = ['Active customer', 'active  CUSTOMERS', 'Active-customer'].map(
      (name) => glossaryContent({ ...term, name }).key,
    );

    expect(new Set(keys).size).toBe(1);
    expect(glossaryContent({ ...term, name: 'inactive customer' }).key).not.toBe(keys[0]);
  });

  it.each([term, metric, rule])('is read back from its line: %j', (input) => {
    const content = glossaryContent(input);
    const audit = { createdBy: 'c', createdAt: '', updatedAt: '' };
    const line = glossaryLine({ ...content, ...audit, id: '1', tenantId: 't', dataSourceId: 'd', status: 'valid' });

    expect(glossaryContent(parseGlossaryLine(line))).toEqual(content);
  });

  it.each(['no json', '[]', 'null', '"text"', '{"kind":"term","owner":"x"}'])('is not read from %s', (line) => {
    expect(() => parseGlossaryLine(line)).toThrow(InvalidRequestError);
  });
});
