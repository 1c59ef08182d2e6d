import { lookLikeGivenNames } from './given-names';

describe('lookLikeGivenNames', () => {
  it.each([
    [['John Smith', 'Mary Jones', 'Peter Miller']],
    [['MARY SMITH', 'PATRICIA JOHNSON']],
    [['Mary', 'John', 'Karen']],
    [['Smith, Mary', 'Jones, Peter A.']],
    [['Dr. Susan Gray', 'Mr Paul Black', 'Wei Zhang', 'Linda Braun']],
  ])('sees names of people in %j', (values) => {
    expect(lookLikeGivenNames(values)).toBe(true);
  });

  it.each([
    [[]],
    [['Mary Smith']],
    [['gold', 'silver']],
    [['mary', 'john']],
    [['Paris', 'London', 'Madison']],
    [['Sports', 'Comedy', 'Family']],
    [['Alliance Shippers', 'DHL', 'United Package']],
    [['English', 'French', 'Japanese']],
    [['Paul Street 5', 'John Lane 7']],
    [['Sales Representative', 'Vice President, Sales']],
  ])('sees none in %j', (values) => {
    expect(lookLikeGivenNames(values)).toBe(false);
  });
});
