import { showsOwn } from './shows-own';

const answer = (sql: string, explanation = '', assumptions: string[] = []) => ({ sql, explanation, assumptions });
const asked = (content: string, sql?: string) => ({ content, role: 'user' as const, ...(sql && { sql }) });
const PARIS = [
  asked('How many orders came from Paris?', "SELECT count(*) FROM orders WHERE city = 'Paris' AND amount > 250"),
];

describe('showsOwn', () => {
  it.each<[string, ReturnType<typeof answer>, ReturnType<typeof asked>[], boolean]>([
    ['a count of all', answer('SELECT count(*) FROM customers', 'Counts all customers.'), PARIS, false],
    ['words of the schema that were said before', answer('SELECT id FROM orders', 'Lists orders.'), PARIS, false],
    ['a text of an earlier question', answer("SELECT 1 FROM customers WHERE city = 'Paris'"), PARIS, true],
    ['a number of earlier SQL', answer('SELECT 1 FROM customers WHERE amount > 250'), PARIS, true],
    ['a word of an earlier question', answer('SELECT 1', 'Only those of Paris.'), PARIS, true],
    ['a word in an assumption', answer('SELECT 1', '', ['Paris is meant.']), PARIS, true],
    [
      'a value that is in the question as well',
      answer("SELECT 1 FROM customers WHERE city = 'Lyon'"),
      [asked('Lyon?')],
      false,
    ],
    ['a value that everybody is shown', answer("SELECT 1 FROM customers WHERE city = 'Oslo'"), [asked('Oslo?')], false],
    [
      'numbers that stand in all SQL',
      answer('SELECT a / NULLIF(b, 0) FROM t LIMIT 1'),
      [asked('x', 'SELECT 0, 1')],
      false,
    ],
    ['a quoted name that was said', answer('SELECT "Paris 250" FROM t'), PARIS, false],
    ['a Chinese value', answer("SELECT 1 FROM t WHERE c = '北京市'"), [asked('北京市有多少?')], true],
    ['a Chinese explanation of other things', answer('SELECT 1', '统计客户'), [asked('北京市有多少订单?')], false],
    [
      'what the model said in words of its own',
      answer('SELECT 1', 'Sorted by name.'),
      [{ content: 'Sorted by name.', role: 'assistant' as const } as never],
      false,
    ],
    ['nothing, where nothing was said', answer("SELECT 'x'"), [], false],
  ])('of %s', (_, given, own, shows) => {
    expect(showsOwn(given, own, 'Which customers of Lyon?', ['Oslo'])).toBe(shows);
  });
});
