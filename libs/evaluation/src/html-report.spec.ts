import { figure, htmlReport } from './html-report';

describe('htmlReport', () => {
  it('shows figures and failures, and lets no text of the data become markup', () => {
    const page = htmlReport({
      kind: 'cache',
      command: 'npm run memori -- evaluate cache',
      commit: null,
      date: '2026-01-01T00:00:00.000Z',
      n: 2,
      skipped: [{ id: '3', reason: 'a & b' }],
      metrics: { hits: { value: 1, low: 0.5, high: 1.234567 } },
      items: [
        { id: '1', ok: true, question: 'fine' },
        { id: '2', ok: false, question: '<script>alert("x")</script>' },
      ],
    });

    expect(page).toContain('1.235');
    expect(page).toContain('&#60;script&#62;');
    expect(page).not.toContain('<script');
    expect(page).toContain('a &#38; b');
    expect(page).not.toContain('fine');
  });
});

describe('figure', () => {
  it.each([
    [0.879456, '0.8795'],
    [12345.6, '12350'],
    [0, '0'],
  ])('%d reads %s', (value, text) => expect(figure(value)).toBe(text));
});
