/** Indexes into `cellXfs` of the style sheet. */
export const STYLE = { plain: 0, header: 1, date: 2, quoted: 3 } as const;

/** The most characters that a cell holds. */
const MOST_TEXT = 32_767;
/** Excel shows and keeps fifteen digits of a number; more would be changed without a word. */
const EXACT_DIGITS = 15;
/** Before it Excel counts a day that never was. */
const FIRST_DATE = '1900-03-01';
const DAY_ZERO_MS = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;

const EXACT_NUMBERS = /^(smallint|integer|bigint|oid|numeric)/;
const FLOATS = /^(real|double precision)/;

/** A value of a row, in JSON text, as the XML of the cell at `place` (`B7`); nothing for NULL. */
export function cellOf(place: string, json: string, type: string): string {
  if (json === 'null') return '';
  if (json === 'true' || json === 'false') return `<c r="${place}" t="b"><v>${json === 'true' ? 1 : 0}</v></c>`;
  const text = json.startsWith('"') ? (JSON.parse(json) as string) : json;
  if (type.endsWith('[]')) return textCell(place, text);
  if (FLOATS.test(type) && !json.startsWith('"')) return `<c r="${place}"><v>${text}</v></c>`;
  if (EXACT_NUMBERS.test(type) && isExact(text)) return `<c r="${place}"><v>${text}</v></c>`;
  const day = type === 'date' ? serialOf(text) : undefined;
  return day === undefined ? textCell(place, text) : `<c r="${place}" s="${STYLE.date}"><v>${day}</v></c>`;
}

/** A text is no formula here, whatever it begins with; the quote keeps it a text when somebody edits the cell. */
export function textCell(place: string, text: string, style: number = styleOf(text)): string {
  const styled = style === STYLE.plain ? '' : ` s="${style}"`;
  return `<c r="${place}"${styled} t="inlineStr"><is><t xml:space="preserve">${xmlText(bounded(text))}</t></is></c>`;
}

function styleOf(text: string): number {
  return /^[=+\-@\t\r]/.test(text) ? STYLE.quoted : STYLE.plain;
}

/** `A` to `XFD`, from 0. */
export function columnLetters(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? columnLetters(rest - 1) : '') + String.fromCharCode(65 + (index % 26));
}

function isExact(text: string): boolean {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return false;
  const digits = text.replace(/^-/, '').replace('.', '').replace(/^0+/, '');
  const significant = text.includes('.') ? digits.replace(/0+$/, '') : digits;
  return significant.length <= EXACT_DIGITS && digits.length <= 300;
}

/** Days since the end of 1899. */
function serialOf(date: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || date < FIRST_DATE) return undefined;
  return (Date.parse(`${date}T00:00:00Z`) - DAY_ZERO_MS) / DAY_MS;
}

function bounded(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  const note = `… [cut: ${text.length} characters]`;
  return text.slice(0, MOST_TEXT - note.length) + note;
}

/** Characters that XML cannot hold are written as Excel does, `_x0001_`; a text that looks like that is kept apart. */
function xmlText(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Surrogate}/gu, (sign) => {
      return `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
    })
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
