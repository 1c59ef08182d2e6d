/** Common given names of the English-speaking world and its neighbours, less those that are ordinary words or places first. */
const GIVEN_NAMES = new Set(
  `aaron abigail adam adrian alan albert alejandro alex alexander alexandra alexis alice alison amanda amy ana andrea andreas andrew angela ann anna anne
  annie anthony antonio ashley barbara beatrice ben benjamin bernard betty beverly bob bobby bradley brandon brenda brian bruce bryan
  carl carla carlos carmen carol caroline carolyn catherine cathy charles charlotte cheryl chris christian christina christine
  christopher cindy claire clara claudia colin craig cynthia daniel danielle david deborah debra dennis diana diane dmitri don donald donna doris
  dorothy douglas edward eleanor elena elizabeth ellen emily emma eric erik erika ernest ethan eugene evelyn fatima fernando frances
  francis francisco frank fred frederick gabriel gary george gerald gloria gregory hannah hans harold harry heather helen henry howard igor
  ingrid irene isabella ivan jack jacob jacqueline james jane janet janice jason javier jean jeffrey jennifer jeremy jerry jesse
  jessica jim joan joe joel johann johannes john johnny jon jonathan jorge jose joseph joshua joyce juan judith judy julia julian julie justin
  karen karl kate katherine kathleen keith kelly kenneth kevin kim kimberly klaus kyle larry laura lauren laurie lawrence
  leonard leslie liam linda lisa lois lori louis louise lucas lucy luis madison margaret maria marie marilyn mario martha martin
  mary matthew megan melissa michael michel michelle miguel mike mohamed mohammed monica muhammad nancy natalie nathan nicholas nicole noah
  norma olga oliver olivia pablo pamela patricia patrick paul paula pedro peter philip phillip pierre rachel ralph raymond rebecca richard
  robert roberto roger ronald russell ruth ryan samantha samuel sandra sara sarah scott sean sergei sharon shirley sophia sophie
  stefan stephanie stephen steve steven susan teresa theresa thomas timothy todd tyler vincent walter wayne wendy
  william yusuf zachary`.split(/\s+/),
);
const MOST_WORDS = 4;

/** English names, like Chinese ones, are told by the column: most of its values begin with a given name. */
export function lookLikeGivenNames(values: readonly string[]): boolean {
  const distinct = [...new Set(values)];
  if (distinct.length < 2) return false;
  return distinct.filter(beginsWithGivenName).length / distinct.length >= 0.7;
}

/** `Mary`, `MARY SMITH`, `Smith, Mary` and `Dr. Mary A. Smith`; not `Paul Street 5`. */
function beginsWithGivenName(value: string): boolean {
  const text = value.trim().replace(/^(?:mr|mrs|ms|miss|dr|prof)\.? /i, '');
  const words = text.split(/\s+/);
  if (words.length > MOST_WORDS || !words.every((word) => /^\p{Lu}[\p{L}.,'’-]*$/u.test(word))) return false;
  const given = words[0]?.endsWith(',') ? words[1] : words[0];
  return GIVEN_NAMES.has((given ?? '').toLowerCase());
}
