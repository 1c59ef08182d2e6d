import * as fc from 'fast-check';
import { passagesOf } from './passages';

const cut = (text: string) => passagesOf(text).map(({ start, end }) => text.slice(start, end));

describe('passagesOf', () => {
  it('leaves a short text whole', () => {
    expect(passagesOf('short')).toEqual([{ start: 0, end: 5 }]);
    expect(passagesOf('')).toEqual([{ start: 0, end: 0 }]);
  });

  it('cuts at paragraphs before sentences and at sentences before words', () => {
    const paragraph = 'A sentence of some length that says little. '.repeat(10);
    const passages = cut(`${paragraph}\n\n${paragraph}\n\n${paragraph}`);

    expect(passages).toHaveLength(3);
    expect(passages[0]).toMatch(/little\. \n\n$/);
    expect(cut('One more sentence。'.repeat(100))[0]).toMatch(/。$/);
  });

  it('loses nothing and keeps every passage within 800 units', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 12 }), (parts) => {
        const text = parts.join(' ');
        expect(cut(text).join('')).toBe(text);
        for (const passage of cut(text)) expect(passage.length).toBeLessThanOrEqual(800);
      }),
    );
  });

  it('never cuts a character in two', () => {
    for (const passage of cut(`x${'😀'.repeat(1000)}`)) expect(passage).not.toMatch(/\p{Surrogate}/u);
  });
});
