const NUMBER = /\d+(?:[.,'’]\d+)*/gu;
const GROUPS = /^\d{1,3}(?:[.,'’]\d{3})+$/u;
/** Blanks that do not break stand between thousands, as in French. */
const THIN = /(?<=\d)[\u00a0\u202f](?=\d{3})/gu;

/**
 * The numbers of a sentence that stand in none of the sources: the texts of rows, names and question, and the number of
 * rows. Signs and thousands separators do not count, nor do zeros at either end; "1.234" is read in both ways.
 */
export function strangeNumbers(sentence: string, sources: readonly string[]): string[] {
  const known = new Set(sources.flatMap((source) => numbersOf(source).flatMap(readingsOf)));
  return numbersOf(sentence).filter((number) => !readingsOf(number).some((reading) => known.has(reading)));
}

function numbersOf(text: string): string[] {
  return text.replace(THIN, "'").normalize('NFKC').match(NUMBER) ?? [];
}

/** `1,234.50` → `1234.5`; `1.234` → `1.234` and `1234`; `2,5` → `2.5`. */
function readingsOf(number: string): string[] {
  const whole = GROUPS.test(number) ? [number.replace(/\D/g, '')] : [];
  const mark = Math.max(number.lastIndexOf('.'), number.lastIndexOf(','));
  const hasFraction = mark >= 0 && !number.slice(0, mark).includes(number.charAt(mark));
  const fraction = hasFraction ? [`${number.slice(0, mark).replace(/\D/g, '')}.${number.slice(mark + 1)}`] : [];
  const plain = /^\d+$/.test(number) ? [number] : [];
  return [...whole, ...fraction, ...plain].map(withoutZeros);
}

function withoutZeros(number: string): string {
  const [whole = '', fraction = ''] = number.split('.');
  const end = fraction.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '')}${end === '' ? '' : `.${end}`}`;
}
