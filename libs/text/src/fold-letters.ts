/** Letters that NFD does not take apart. */
const WHOLE: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ς: 'σ',
};

// Vowel signs of Thai, Devanagari and Japanese voicing are marks as well, but there they are part of the word.
const ACCENTED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{Mn}+/gu;
/**
 * Letters whose mark is part of which letter they are, and which nobody writes without it: й is no и, ї no і, ў no у, ѓ
 * no г, ќ no к. Others with a mark of their own are folded, since people do leave it out: ё (Russian prints е), ñ, å, ä,
 * ö (keyboards without them).
 */
const OWN_LETTERS = /^(?:[иу]\u0306|і\u0308|[гк]\u0301)/u;
const ARABIC_VOWELS = /[\u064b-\u065f\u0670\u0640]/gu;

/** Lower case without accents: "Zürich" and "zurich" become one word. Han, kana, Hangul and Indic letters stay as they are. */
export function foldLetters(text: string): string {
  const lower = text.toLowerCase();
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return lower
    .replace(/[ßæœøđðłþħıŋς]/gu, (letter) => WHOLE[letter] ?? letter)
    .replace(/[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{Mn}*/gu, (letter) => letter.normalize('NFD'))
    .replace(ACCENTED, (letter) => OWN_LETTERS.exec(letter)?.[0].normalize('NFC') ?? letter[0] ?? '')
    .replace(ARABIC_VOWELS, '');
}
