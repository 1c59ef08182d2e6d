/** Words that join, compare, count or point: a text that holds one is a phrase to be understood, not a name to be bound. */
const ENGLISH = `and or not no but except without excluding including between since before after until till from to by per for with
within where when while which who whose than that if as on at in into over under above below across versus vs via during`;
const OPENERS = `a an the each every all any some most more less least fewer both either neither this these those last next previous past
current other another same different various several many few our my your their his her its what how top bottom best worst first only
today yesterday tomorrow`;
const OTHERS = `und oder nicht ohne mit seit bis von nach vor zwischen jede jeder jedes alle et ou sans avec depuis entre chaque tous toutes
y o sin con desde hasta entre cada todos todas e não sem com cada todos и или без с каждый все`;
/** No blanks separate these, so they are looked for anywhere in the text. */
const HAN =
  /[和与及或]|以及|还是|除|不|没|每|各|所有|全部|哪|什么|多少|几个|这|那|本月|本周|今|昨|明|上个|下个|最近|之间|以前|以后|以来|とか|または|および|ごと|すべて|どの|그리고|또는|모든/u;

const JOINERS = new Set(words(`${ENGLISH} ${OTHERS}`));
const FIRST = new Set([...words(OPENERS), ...JOINERS]);

/** Whether a text found in a question looks like a single name, such as a city, and nothing that needs understanding. */
export function isPlausibleText(text: string, foreignWords: readonly string[]): boolean {
  const found: string[] = text.toLowerCase().match(/[\p{L}\p{N}\p{M}'’-]+/gu) ?? [];
  if (found.length === 0 || found.length > 6 || text.length > 60) return false;
  if (/[?!;:,"“”<>=、。，；：\n]/u.test(text) || HAN.test(text)) return false;
  if (FIRST.has(found[0] ?? '') || found.some((word) => JOINERS.has(word))) return false;
  // "each city" for {city}, or the words that follow the blank, mean that the blank swallowed too much.
  const foreign = foreignWords.map((word) => word.toLowerCase()).filter((word) => word.length > 1);
  return !foreign.some(
    (word) => found.includes(word) || (/[^\x00-\x7f]/u.test(word) && text.toLowerCase().includes(word)),
  );
}

function words(list: string): string[] {
  return list.split(/\s+/);
}
