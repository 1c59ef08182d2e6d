import { mutationsOf, seededRandom } from './mutate-sql';

const SQL =
  "SELECT c.name FROM customer c JOIN orders o ON c.id = o.customer_id WHERE c.city = 'Basel' AND o.total > 5 LIMIT 3";
const COLUMNS = [
  ['id', 'name', 'city'],
  ['customer_id', 'total'],
];

describe('mutationsOf', () => {
  const mutations = mutationsOf(SQL, COLUMNS, seededRandom(7));
  const ofKind = (kind: string) => mutations.filter((mutation) => mutation.kind === kind).map(({ sql }) => sql);

  it('changes literals', () => {
    expect(ofKind('literal')).toEqual(
      expect.arrayContaining([
        SQL.replace("'Basel'", "'Baselx'"),
        SQL.replace('> 5', '> 6'),
        SQL.replace('LIMIT 3', 'LIMIT 4'),
      ]),
    );
  });

  it('changes joins', () => {
    expect(ofKind('join').sort()).toEqual([SQL.replace('JOIN', 'LEFT JOIN'), SQL.replace('c.id =', 'c.id <>')].sort());
  });

  it('puts another column of the same table in the place of one', () => {
    expect(ofKind('column')).toContainEqual(expect.stringMatching(/^SELECT c\."(id|city)" FROM/));
  });

  it('gives the same ones for the same seed', () => {
    expect(mutationsOf(SQL, COLUMNS, seededRandom(7))).toEqual(mutations);
    expect(mutationsOf(SQL, COLUMNS, seededRandom(8))).not.toEqual(mutations);
  });
});
